"""The command that finds images that are there more than once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.data.choices import AsJson, FolderArgument, WorkersOption
from ultrasam.cli.terminal import err, out, progress_bar

if TYPE_CHECKING:
    from ultrasam.corpus.duplicates import Duplicates

#: Conflicts that are printed.
_MOST_CONFLICTS = 5


def dedup(
    paths: FolderArgument,
    output: Annotated[
        Path, typer.Option("--out", "-o", metavar="JSON", help="List of all, for 'ultrasam data merge'.")
    ] = Path("duplicates.json"),
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="FILE", help="Also write a picture of them, to be looked at.")
    ] = None,
    within_groups: Annotated[
        bool,
        typer.Option("--within-groups", help="Also compare images of one patient or video, which resemble each other."),
    ] = False,
    workers: WorkersOption = 1,
    as_json: AsJson = False,
) -> None:
    """Find images that are there more than once, exact and near, within and across data sets.

    Each data set gets a duplicates.json of its own, by which 'ultrasam data split' keeps them on one side.
    """
    from ultrasam.corpus import find_coco
    from ultrasam.corpus.coco.finding import data_set_name, read_facts, root_folder
    from ultrasam.corpus.duplicates import find_duplicates, write_duplicates
    from ultrasam.corpus.duplicates import sheet as write_sheet
    from ultrasam.corpus.ties import DUPLICATES_NAME

    files = list(dict.fromkeys(file for path in paths for file in find_coco(path)))
    with progress_bar() as bar:
        task = bar.add_task("Images", total=None)
        found = find_duplicates(
            files,
            workers=workers,
            within_groups=within_groups,
            on_progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    write_duplicates(output, found)
    for file in files:
        place = root_folder(file) / DUPLICATES_NAME
        own = found.within(data_set_name(file, read_facts(file)))
        if own.clusters or place.exists():
            try:
                write_duplicates(place, own)
            except OSError as error:
                err.print(f"{place} cannot be written ({error.strerror}): splits will not know of it.", style="yellow")
    if sheet is not None and found.clusters:
        write_sheet(found.clusters, sheet)
    if as_json:
        out.print_json(data=_as_dict(found))
    else:
        _print(found, output)


def _as_dict(found: Duplicates) -> dict[str, object]:
    from ultrasam.corpus.duplicates import across_splits, conflicts

    return {
        "images": found.images,
        "clusters": len(found.clusters),
        "superfluous": found.superfluous,
        "across_splits": len(across_splits(found.clusters)),
        "conflicts": [
            {
                "images": [each.entry.image for each in conflict.cluster],
                "what": conflict.what,
                "said": conflict.said,
            }
            for conflict in conflicts(found.clusters)
        ],
        "skipped": len(found.skipped),
        "settings": found.settings,
    }


def _print(found: Duplicates, output: Path) -> None:
    from ultrasam.corpus.duplicates import across_splits, conflicts

    out.print(
        f"{found.images:,} images compared: {found.superfluous:,} are there already, "
        f"in {len(found.clusters):,} clusters."
    )
    sets = Counter(frozenset(member.entry.data_set for member in cluster) for cluster in found.clusters)
    for names, count in sorted(sets.items(), key=lambda item: (-item[1], sorted(item[0]))):
        out.print(f"  {count:,} in {' and '.join(sorted(names))}", markup=False)
    if across := len(across_splits(found.clusters)):
        out.print(
            f"{across:,} clusters lie across splits:  ultrasam data split  puts each on one side, and "
            " ultrasam data merge --duplicates  those of several data sets.",
            style="yellow",
        )
    disagreeing = conflicts(found.clusters)
    if disagreeing:
        out.print(f"{len(disagreeing):,} times images that are one are said to show different things:", style="yellow")
    for conflict in disagreeing[:_MOST_CONFLICTS]:
        images = ", ".join(f"{member.entry.data_set}/{member.entry.image}" for member in conflict.cluster[:3])
        out.print(
            f"  {conflict.what} {' or '.join(said or 'nothing' for said in conflict.said)}: {images}", markup=False
        )
    if found.left_alone:
        out.print(f"{found.left_alone:,} pairs of one patient or video resemble each other, as they should.")
    if found.skipped:
        out.print(f"{len(found.skipped):,} images could not be read:  ultrasam data verify  says why.", style="yellow")
    err.print(f"Written to {output}.", markup=False)
