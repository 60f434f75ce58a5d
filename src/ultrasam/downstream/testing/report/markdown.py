"""A test as Markdown."""

from __future__ import annotations

from ultrasam.corpus.markdown import escape
from ultrasam.downstream.testing.report.tables import DEFINITIONS, class_grid, confusion_grid, overall_grid
from ultrasam.downstream.testing.result import TestResult
from ultrasam.downstream.testing.tested import Tested
from ultrasam.evaluation.report.markdown import markdown_table
from ultrasam.evaluation.report.wording import count, short_hash

#: Reasons that are listed; results.json has all.
_REASONS = 10
WHAT_A_NUMBER_MEANS = (
    "Numbers are of the test images alone, each with its 95 % interval by bootstrap over patients (over images where "
    "no patient is known) in brackets."
)


def report_markdown(result: TestResult, tested: Tested) -> str:
    """The tables of a test."""
    parts = [f"# {escape(result.settings.title)}", f"{escape(model_line(result))}.", f"{escape(cases_line(result))}."]
    parts.append(WHAT_A_NUMBER_MEANS)
    parts += [f"> {escape(note)}" for note in result.notes]
    for grid in (overall_grid(result), class_grid(result, tested), confusion_grid(tested)):
        if grid.rows:
            parts += [f"## {escape(grid.title)}", markdown_table(grid)]
            parts += [escape(grid.note)] if grid.note else []
    if result.left_out:
        lines = [f"- {escape(entry.what)}: {escape(entry.reason)}" for entry in result.left_out[:_REASONS]]
        if len(result.left_out) > _REASONS:
            lines.append(f"- and {count(len(result.left_out) - _REASONS)} more, see results.json")
        parts += ["## Left out and noted", "\n".join(lines)]
    parts += ["## Metrics", "\n".join(f"- **{escape(name)}**: {escape(words)}." for name, words in definitions(result))]
    return "\n\n".join(parts) + "\n"


def model_line(result: TestResult) -> str:
    """Which weights, in one line."""
    settings = result.settings
    return (
        f"Licence {settings.licence}, SHA-256 {short_hash(settings.sha256)}, input {settings.input_size} × "
        f"{settings.input_size} px, {settings.precision} by {settings.backend}"
    )


def cases_line(result: TestResult) -> str:
    """What was tested, in one line."""
    asked = f"{count(result.images)} test images"
    if result.settings.prompted:
        asked += f", {count(result.cases)} objects in them, each shown by its exact box"
    parts = f" {result.split_report}" if result.split_report else ""
    return f"{asked}, {_whose(result)}.{parts}".rstrip(".")


def _whose(result: TestResult) -> str:
    if result.of_nobody == result.patients:
        return "no patient known"
    told = f"{count(result.patients - result.of_nobody)} patients"
    return told + (
        f", none known of {count(result.of_nobody)} image{'s'[: result.of_nobody != 1]}" if result.of_nobody else ""
    )


def definitions(result: TestResult) -> list[tuple[str, str]]:
    """Title and definition of all that stands in the tables."""
    overall, by_class = DEFINITIONS[result.settings.kind]
    found = [*overall.values()]
    # What is defined once for all classes and once for each has one title, but two definitions.
    found += [entry for name, entry in by_class.items() if name not in overall]
    return found
