"""The files of a report."""

from __future__ import annotations

from pathlib import Path

from ultrasam.evaluation.comparison import Comparison
from ultrasam.evaluation.report.html import comparison_html, summary_html
from ultrasam.evaluation.report.latex import comparison_latex, summary_latex
from ultrasam.evaluation.report.markdown import comparison_markdown, summary_markdown
from ultrasam.evaluation.summary import Summary
from ultrasam.files import written_whole


def write_reports(summary: Summary, out: Path) -> None:
    """Write ``summary.md``, ``tables.tex`` and ``report.html`` of a run.

    Args:
        summary: the run in numbers; the images of its examples are read where they are still there.
        out: a folder, made if missing.

    Raises:
        MissingExtraError: matplotlib or jinja2 is not installed; nothing is written then.
    """
    _write(
        out,
        {
            "report.html": summary_html(summary),
            "summary.md": summary_markdown(summary),
            "tables.tex": summary_latex(summary),
        },
    )


def write_comparison(comparison: Comparison, out: Path) -> None:
    """Write ``comparison.md``, ``comparison.tex`` and ``comparison.html``.

    Args:
        comparison: several runs.
        out: a folder, made if missing.

    Raises:
        MissingExtraError: matplotlib or jinja2 is not installed; nothing is written then.
    """
    _write(
        out,
        {
            "comparison.html": comparison_html(comparison),
            "comparison.md": comparison_markdown(comparison),
            "comparison.tex": comparison_latex(comparison),
        },
    )


def _write(out: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        with written_whole(out / name) as temporary:
            # A name may hold signs that are none in UTF-8.
            temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")
