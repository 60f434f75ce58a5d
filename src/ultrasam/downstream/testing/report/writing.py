"""The files of a test's report."""

from __future__ import annotations

from pathlib import Path

from ultrasam.downstream.testing.report.html import report_html
from ultrasam.downstream.testing.report.markdown import report_markdown
from ultrasam.downstream.testing.result import TestResult
from ultrasam.downstream.testing.tested import Tested
from ultrasam.files import written_whole

REPORT, SUMMARY = "report.html", "summary.md"


def write_summary(result: TestResult, tested: Tested) -> None:
    """Write ``summary.md`` into the test's folder."""
    _write(result.folder / SUMMARY, report_markdown(result, tested))


def write_report(result: TestResult, tested: Tested, *, history: Path | None = None) -> None:
    """Write ``report.html`` into the test's folder.

    Args:
        result: the numbers.
        tested: the answers; their images are read where they are still there.
        history: the diary of the run that made the weights, for learning curves; None where it is not known.

    Raises:
        MissingExtraError: matplotlib or jinja2 is not installed; nothing is written then.
    """
    _write(result.folder / REPORT, report_html(result, tested, history=history))


def _write(path: Path, text: str) -> None:
    with written_whole(path) as temporary:
        # A name may hold signs that are none in UTF-8.
        temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")
