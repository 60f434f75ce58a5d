"""Commands about finished runs: reports and scores anew, comparison; and the list of protocols."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.terminal import err, out, progress_bar

#: Characters of a table's frame and blanks for each column.
_BETWEEN_COLUMNS = 4
AsJson = Annotated[bool, typer.Option("--json", help="Print all numbers as JSON instead of a table.")]

if TYPE_CHECKING:
    from ultrasam.evaluation.summary import Summary


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    as_json: AsJson = False,
) -> None:
    """Write the reports of a run anew, of an unfinished one too."""
    from ultrasam.evaluation.measuring import write_outputs

    print_summary(write_outputs(folder), folder, as_json=as_json)


def rescore(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    tolerance_px: Annotated[float | None, typer.Option(min=0, metavar="PX", help="Another tolerance.")] = None,
    tolerance_mm: Annotated[float | None, typer.Option(min=0, metavar="MM", help="Another tolerance.")] = None,
) -> None:
    """Compute all scores of a run anew from its stored masks, without the model and the images."""
    from ultrasam.evaluation.measuring import write_outputs
    from ultrasam.evaluation.rescore import rescore as compute

    with progress_bar() as progress:
        bar = progress.add_task("Scoring", total=None)
        compute(folder, tolerance_px, tolerance_mm, on_image=lambda: progress.advance(bar))
    print_summary(write_outputs(folder), folder)


def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs, two or more.")],
    output: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Where to write comparison.md, .tex and .html."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put runs side by side, with significance, and beside published numbers."""
    from ultrasam.evaluation.comparison import compare as compare_runs
    from ultrasam.evaluation.report import comparison_markdown, write_comparison
    from ultrasam.evaluation.results import numbers_as_json
    from ultrasam.evaluation.settings import is_run

    # runs/* also names what is no run: a former comparison, a stray file.
    runs = [folder for folder in folders if is_run(folder)]
    for folder in folders:
        if folder not in runs:
            err.print(f"Left out: {folder} holds no run.", style="yellow", markup=False)
    comparison = compare_runs(runs)
    out.print(numbers_as_json(comparison) if as_json else comparison_markdown(comparison), markup=False)
    if output is not None:
        write_comparison(comparison, output)
        err.print(f"Written: {output / 'comparison.html'}, comparison.md, comparison.tex", markup=False)


def protocols() -> None:
    """List suites and protocols."""
    from rich.table import Table

    from ultrasam.evaluation.protocols import SUITES, known_protocols, parse_protocols

    for suite, names in SUITES.items():
        table = Table("protocol", "what is asked", title=f"--protocol {suite}", title_justify="left")
        for protocol in parse_protocols(names):
            table.add_row(protocol.name, protocol.title)
        out.print(table)
    out.print(
        f"Any other: {', '.join(known_protocols())}; K is a number of points or clicks, P a percentage. "
        "With @one-pass or @refined behind it, the decoder runs once, or twice with the first mask given back. "
        "Predictions that were made without prompts are measured by --predictions.",
        markup=False,
    )


def print_summary(summary: Summary, folder: Path, *, as_json: bool = False) -> None:
    """The main table, what was left out, where time went, and the files; or all numbers as JSON."""
    from rich.table import Table

    from ultrasam.evaluation.results import numbers_as_json
    from ultrasam.evaluation.run import OUTPUTS

    if as_json:
        out.print(numbers_as_json(summary), markup=False)
        return
    names = list(summary.settings.protocols)
    means = {result.protocol: result.macro["dice"].mean for result in summary.overall}
    columns = {"mean of the sets": means} if len(summary.datasets) > 1 else {}
    by_set = {
        dataset.name: {name: result.estimates["dice"].mean for name in names if (result := dataset.result(name))}
        for dataset in summary.datasets
    }
    taken = max(map(len, names)) + sum(len(title) + _BETWEEN_COLUMNS for title in (*columns, *by_set))
    fits = taken <= out.width or not columns
    columns = by_set | columns if fits else columns
    table = Table("Dice", title=f"{summary.settings.model.title}, split {summary.settings.split}")
    for title in columns:
        table.add_column(title, justify="right")
    for name in names:
        table.add_row(name, *(f"{found[name]:.3f}" if name in found else "–" for found in columns.values()))
    out.print(table)
    if not fits:
        out.print(f"The {len(by_set)} data sets one by one: {folder / 'summary.md'}", markup=False)
    skipped = len(summary.left_out())
    if skipped:
        out.print(f"Left out (data sets, images, annotations): {skipped}; results.json lists them with the reasons.")
    share = summary.network_share()
    if share is not None:
        spent = sum(summary.seconds.values())
        out.print(f"Time: {spent:,.0f} s, {share:.0%} of it in the encoder and the decoder.")
    out.print(f"Written to {folder}: {', '.join(OUTPUTS)}", markup=False)
    if not summary.complete:
        err.print("The run is not complete: the numbers are of the images done so far.", style="yellow")


#: The subcommands of ``ultrasam evaluate``.
runs = (report, rescore, compare, protocols)
