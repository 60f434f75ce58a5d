"""Statistics as tables of words, and these as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrasam.corpus.markdown import aligned_table, escape
from ultrasam.corpus.statistics.results import PartCounts, Quantiles, Statistics

#: Sizes of images that are listed.
_MOST_SIZES = 8
#: What stands where nothing is known.
_UNKNOWN = "–"
_SHARE_NOTE = "Share of the image's area: the median, and from the 5th to the 95th percentile."


@dataclass(frozen=True)
class Table:
    """A table of words.

    Attributes:
        title: what it shows.
        columns: their heads. The first column names the row, the others are numbers.
        rows: as many cells as columns.
        note: how it is read; may be empty.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def markdown(self) -> str:
        """The table as GitHub reads it, without title and note."""
        rows = ([escape(cell) for cell in row] for row in self.rows)
        return aligned_table(self.columns, rows, "l" + "r" * (len(self.columns) - 1))


def tables(statistics: Statistics) -> list[Table]:
    """The tables of a data set; those without rows are left out."""
    all_tables = [
        _splits(statistics),
        _classes(statistics),
        _sizes(statistics),
        _objects_per_image(statistics),
        *_labels(statistics),
    ]
    return [table for table in all_tables if table.rows]


def comparison_table(several: Sequence[Statistics]) -> Table:
    """One row per data set, and their sum."""
    rows = [_comparison_row(statistics) for statistics in several]
    if len(several) > 1:
        totals = [statistics.total for statistics in several]
        sums = (sum(getattr(total, key) for total in totals) for key in ("images", "empty", "instances", "patients"))
        rows.append(("all", *(f"{number:,}" for number in sums), "", "", ""))
    columns = (
        "data set",
        "images",
        "without objects",
        "objects",
        "patients",
        "classes",
        "splits",
        "share of the image",
    )
    return Table("Data sets", columns, tuple(rows), _SHARE_NOTE)


def markdown(statistics: Statistics) -> str:
    """All tables with their titles."""
    parts = [f"# {escape(statistics.name)}"]
    for table in tables(statistics):
        parts += [f"## {escape(table.title)}", table.markdown(), *([table.note] if table.note else [])]
    return "\n\n".join(parts) + "\n"


def _splits(statistics: Statistics) -> Table:
    parts = statistics.splits if len(statistics.splits) == 1 else (*statistics.splits, statistics.total)
    rows = tuple(
        (
            part.name,
            *(f"{number:,}" for number in (part.images, part.empty, part.instances)),
            _known(part.patients),
            _known(part.sequences),
        )
        for part in parts
    )
    left_out = statistics.left_out
    note = f"Entries of the file that could not be counted: {left_out:,} (ultrasam data verify says why)."
    columns = ("split", "images", "without objects", "objects", "patients", "sequences")
    return Table("Splits", columns, rows, note if left_out else "")


def _classes(statistics: Statistics) -> Table:
    splits = [part.name for part in statistics.splits]
    rows = tuple(
        (
            entry.name,
            f"{entry.instances:,}",
            *(f"{entry.by_split[split]:,}" for split in splits if len(splits) > 1),
            f"{entry.images:,}",
            _known(entry.patients),
            _middle_and_range(entry.area_px, "{:,.0f}"),
            _middle_and_range(entry.area_share, "{:.2%}"),
            f"{entry.per_image.p50:g} to {entry.per_image.maximum:g}" if entry.per_image else _UNKNOWN,
        )
        for entry in statistics.classes
    )
    of_splits = splits if len(splits) > 1 else []
    sizes = ("area in pixels", "share of the image", "objects per image")
    note = "Areas: the median, and from the 5th to the 95th percentile. Objects per image that has any: median to most."
    return Table("Classes", ("class", "objects", *of_splits, "images", "patients", *sizes), rows, note)


def _sizes(statistics: Statistics) -> Table:
    rows = [(f"{width} x {height}", f"{images:,}") for width, height, images in statistics.sizes_wh[:_MOST_SIZES]]
    rest = statistics.sizes_wh[_MOST_SIZES:]
    if rest:
        rows.append((f"{len(rest):,} more sizes", f"{sum(images for _, _, images in rest):,}"))
    return Table("Image sizes", ("width x height", "images"), tuple(rows), _spacing(statistics))


def _spacing(statistics: Statistics) -> str:
    known, total = statistics.spacing_images, statistics.total.images
    if statistics.spacing_mm is None:
        return "No image has a known pixel spacing."
    return (
        f"Pixel spacing is known of {known:,} of {total:,} images: "
        f"{_middle_and_range(statistics.spacing_mm, '{:.3g}')} mm (median, 5th to 95th percentile)."
    )


def _objects_per_image(statistics: Statistics) -> Table:
    rows = tuple((str(objects), f"{images:,}") for objects, images in statistics.objects_per_image.items())
    return Table("Objects per image", ("objects", "images"), rows)


def _labels(statistics: Statistics) -> list[Table]:
    return [
        Table(f"Label {key}", ("value", "images"), tuple((value, f"{images:,}") for value, images in values.items()))
        for key, values in statistics.labels.items()
    ]


def _comparison_row(statistics: Statistics) -> tuple[str, ...]:
    total: PartCounts = statistics.total
    return (
        statistics.name,
        *(f"{number:,}" for number in (total.images, total.empty, total.instances)),
        _known(total.patients),
        f"{sum(entry.instances > 0 for entry in statistics.classes)}",
        ", ".join(f"{part.name} {part.images:,}" for part in statistics.splits),
        _middle_and_range(statistics.area_share, "{:.2%}"),
    )


def _known(number: int) -> str:
    return f"{number:,}" if number else _UNKNOWN


def _middle_and_range(values: Quantiles | None, form: str) -> str:
    if values is None:
        return _UNKNOWN
    return f"{form.format(values.p50)} ({form.format(values.p5)} to {form.format(values.p95)})"
