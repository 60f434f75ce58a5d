"""``ultrasam measure``: mask files in, a table of measurements out."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from ultrasam.cli.terminal import err, progress_bar
from ultrasam.cli.words import parse_spacing
from ultrasam.errors import ImageError, InputError, UltraSamError

if TYPE_CHECKING:
    from ultrasam.imaging import UltrasoundImage
    from ultrasam.types import Mask, SpacingXY


def measure(
    masks: Annotated[
        list[str],
        typer.Argument(help="Mask files (all but the background is inside); folders and globs too."),
    ],
    spacing: Annotated[
        str | None, typer.Option(metavar="MM[,MM]", help="Pixel spacing in mm (x, y) of all masks.")
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The image that the masks were drawn on: its calibration is used."),
    ] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="The files number their structures: one row for each label.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write to this file, not to the terminal."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON with all digits instead of CSV.")] = False,
) -> None:
    """Measure masks: area, perimeter, diameters and ellipse, in pixels and, if calibrated, in mm.

    One row for each file, or for each frame of a volume of masks. Without --spacing and --image, the calibration of
    the mask file itself is used, where it has one.
    """
    if spacing is not None and image is not None:
        raise InputError("Expected --spacing or --image, but got both: leave out one of them.")
    spacing_mm = None if spacing is None else parse_spacing(spacing)

    from ultrasam.imaging import expand_paths

    drawn_on = None if image is None else _closed(image)
    # Found in a folder of results, an overlay is no mask; named itself, it is the user's wish.
    paths = [path for path in expand_paths(masks) if not path.name.endswith("_overlay.png") or str(path) in masks]
    rows: list[dict[str, Any]] = []
    failures: list[str] = []
    with progress_bar() as progress:
        for path in progress.track(paths, description="Measuring"):
            try:
                rows += _measure_file(path, spacing_mm, drawn_on, labels)
            # Whatever is wrong with one file, the rows of the others are not lost.
            except (UltraSamError, OSError, MemoryError) as error:
                failures.append(f"{path}: {str(error) or 'not enough memory'}")
    _write(rows, output, _write_json if as_json else _write_csv)
    for failure in failures:
        err.print(failure, style="red", markup=False)
    if failures:
        err.print(f"{len(failures)} of {len(paths)} files could not be measured.")
        raise typer.Exit(2)


def _measure_file(
    path: Path, spacing_mm: SpacingXY | None, drawn_on: UltrasoundImage | None, labels: bool
) -> list[dict[str, Any]]:
    """Give one row for each frame of a mask file, or one for each label of each frame."""
    from ultrasam.imaging import masks_by_label, read_label_frames
    from ultrasam.measure import measure

    image = None if spacing_mm else drawn_on or _closed(path)
    rows = []
    for index, frame in enumerate(read_label_frames(path)):
        masks: list[tuple[dict[str, int], Mask]] = [({}, frame != 0)]
        if labels:
            masks = [({"label": label}, mask) for label, mask in masks_by_label(frame).items()]
        for names, mask in masks:
            spacing = spacing_mm if image is None else _calibration(mask, image)
            rows.append({"file": str(path), "frame": index, **names, **measure(mask, spacing).to_dict()})
    return rows


def _closed(path: Path) -> UltrasoundImage:
    """What is known about an image, without its frames."""
    from ultrasam.imaging import read

    with read(path) as image:
        return image


def _calibration(mask: Mask, image: UltrasoundImage) -> SpacingXY | None:
    """Spacing at the place of the mask, of the image it was drawn on or of its own file."""
    from ultrasam.imaging import spacing_for

    if mask.shape != image.size_hw:
        raise ImageError(
            "Expected a mask of the image's size {} x {} (rows x columns), but got {} x {}.".format(
                *image.size_hw, *mask.shape
            )
        )
    return spacing_for(mask, image.regions)


def _write(
    rows: list[dict[str, Any]], output: Path | None, write: Callable[[list[dict[str, Any]], TextIO], None]
) -> None:
    if output is None:
        write(rows, sys.stdout)
        return
    from ultrasam.files import written_whole

    with written_whole(output) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        write(rows, file)


def _write_json(rows: list[dict[str, Any]], file: TextIO) -> None:
    json.dump(rows, file, indent=2)
    file.write("\n")


def _write_csv(rows: list[dict[str, Any]], file: TextIO) -> None:
    from ultrasam.measure import Measurements

    # Without any row the table still has its head.
    columns = list(rows[0]) if rows else ["file", "frame", *Measurements(area_px=0, components=0).to_dict()]
    table = csv.DictWriter(file, columns, lineterminator="\n")
    table.writeheader()
    for row in rows:
        # Six digits are finer than any pixel.
        table.writerow({name: f"{value:.6g}" if isinstance(value, float) else value for name, value in row.items()})
