"""Commands that look at converted data sets: are they whole, what is in them, how do they look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.data.choices import AsJson, FolderArgument, SplitOption, WorkersOption
from ultrasam.cli.terminal import err, out, progress_bar

if TYPE_CHECKING:
    from rich.progress import TaskID

    from ultrasam.corpus.verifying import Verification

#: Findings of one kind that are printed.
_MOST_FINDINGS = 5
#: Of pictures that hold a sheet of any length.
_PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def verify(paths: FolderArgument, workers: WorkersOption = 1, as_json: AsJson = False) -> None:
    """Check that each image decodes, each mask fits, and no patient is on both sides. Exit code 1 if not."""
    from ultrasam.corpus import find_coco
    from ultrasam.corpus.verifying import verify as check

    found: list[Verification] = []
    with progress_bar() as bar:
        for file in dict.fromkeys([file for path in paths for file in find_coco(path)]):
            task = bar.add_task(file.parent.name, total=None)

            def show(done: int, of: int, task: TaskID = task) -> None:
                bar.update(task, completed=done, total=of)

            found.append(check(file, workers=workers, on_progress=show))
    if as_json:
        out.print_json(data=[verification.as_dict() for verification in found])
    else:
        for verification in found:
            _print_verification(verification)
    if not all(verification.is_sound for verification in found):
        raise typer.Exit(1)


def stats(
    paths: FolderArgument,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write tables and plots of each set there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count images, objects, patients, classes, sizes and splits; with --out as Markdown and plots too."""
    from ultrasam.cli.data.tables import fitted
    from ultrasam.corpus import find_coco
    from ultrasam.corpus import statistics as counting
    from ultrasam.files import written_whole

    several = [counting.count(file) for file in dict.fromkeys(f for path in paths for f in find_coco(path))]
    if as_json:
        out.print_json(data=[statistics.as_dict() for statistics in several])
    else:
        shown = counting.tables(several[0]) if len(several) == 1 else [counting.comparison_table(several)]
        for table in shown:
            out.print(fitted(table, out.width if out.is_terminal else None))
    if output is None:
        return
    for statistics in several:
        with written_whole(output / f"{statistics.name}.md") as temporary:
            temporary.write_text(counting.markdown(statistics), encoding="utf-8")
        counting.write_plots(statistics, output / f"{statistics.name}.png")
    if len(several) > 1:
        counting.write_comparison(several, output / "comparison.png")
    err.print(f"Written to {output}.", markup=False)


def view(
    path: Annotated[Path, typer.Argument(metavar="DIR|JSON", help="A converted data set.")],
    output: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Picture to write.")] = Path("sheet.png"),
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Images on it.")] = 24,
    category: Annotated[str | None, typer.Option(metavar="CLASS", help="Only images that have this class.")] = None,
    split: SplitOption = None,
    seed: Annotated[int, typer.Option(help="Which images are taken.")] = 0,
) -> None:
    """Write a contact sheet: images with their masks in colours."""
    from ultrasam.corpus.contact_sheet import contact_sheet
    from ultrasam.errors import InputError
    from ultrasam.files import written_whole

    if output.suffix.lower() not in _PICTURE_SUFFIXES:
        raise InputError(
            f"Expected the name of a picture that ends in {', '.join(_PICTURE_SUFFIXES)}, but got {output}."
        )
    sheet = contact_sheet(path, count=count, seed=seed, category=category, split=split)
    with written_whole(output) as temporary:
        sheet.save(temporary)
    out.print(str(output), markup=False)


def _print_verification(verification: Verification) -> None:
    from ultrasam.corpus.verifying import KINDS

    state = "[green]sound[/green]" if verification.is_sound else "[red]not sound[/red]"
    out.print(
        f"{verification.name}: {state}; {verification.images:,} images, {verification.instances:,} objects looked at"
    )
    findings = (*verification.problems, *verification.warnings)
    for kind, count in verification.counts().items():
        style = "red" if any(finding.kind == kind for finding in verification.problems) else "yellow"
        out.print(f"  {count:,} {KINDS[kind]}:", style=style)
        for finding in [finding for finding in findings if finding.kind == kind][:_MOST_FINDINGS]:
            out.print(f"    {finding.where}: {finding.text}", markup=False)
