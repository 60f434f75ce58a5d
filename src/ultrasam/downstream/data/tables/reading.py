"""CSV and TSV files with a row per image, or per object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ultrasam.corpus import Skipped
from ultrasam.corpus.reading.tables import csv_rows
from ultrasam.downstream.data.draft import Draft, Entry
from ultrasam.downstream.data.files import source_file
from ultrasam.downstream.data.masks.classes import named_values
from ultrasam.downstream.data.masks.legend import OBJECT
from ultrasam.downstream.data.masks.outlines import Outline, read_outlines
from ultrasam.downstream.data.options import ReadingOptions
from ultrasam.downstream.data.tables.cells import SEPARATOR, labels_of, number_of, text_of
from ultrasam.errors import InputError
from ultrasam.imaging.reading import READABLE_SUFFIXES
from ultrasam.modeling.heads.config import TaskKind

SUFFIXES = (".csv", ".tsv")
_DEFAULTS = ReadingOptions()
#: In the headings of columns that say whose an image is.
_PATIENT_WORDS = ("patient", "subject", "person")
_MOST_NAMED = 5


def needed_columns(kind: TaskKind, options: ReadingOptions) -> tuple[str, ...]:
    """Columns that must be there: those of the task, and whatever the user names otherwise than usual."""
    named = {"patient_column": options.patient_column, "split_column": options.split_column}
    asked = [column for field, column in named.items() if column and column != getattr(_DEFAULTS, field)]
    of_task: dict[TaskKind, tuple[str, ...]] = {
        "classification": options.label_columns,
        "regression": options.targets,
        "semantic": (options.mask_column,),
        "instance": (options.mask_column,),
    }
    return (options.image_column, *of_task[kind], *asked)


def read_table(path: Path, kind: TaskKind, options: ReadingOptions) -> Draft:
    """Read a table: images, and their labels, masks or targets; patients and parts where there are such columns.

    Rows about one image are one image: its masks are put together, its labels must agree unless it may have several.

    Raises:
        InputError: it is no table, a column is missing, or rows about one image contradict each other.
    """
    table = _Table(path, kind, options)
    entries: list[tuple[Entry, tuple[Outline, ...]]] = []
    unusable, notes = [], []
    for name, rows in table.by_image().items():
        try:
            entry, outlines = table.entry(name, rows)
            if outlines or kind in ("classification", "regression"):
                entries.append((entry, outlines))
            else:
                notes.append(Skipped(path.stem, name, "No mask is named: one without objects needs an empty mask."))
        except InputError as error:
            numbers = ", ".join(str(row.number) for row in rows[:_MOST_NAMED])
            unusable.append(Skipped(path.stem, f"row {numbers} ({name})", str(error)))
    named = named_values([path.parent], options.classes)
    outlined = read_outlines(entries, named, is_instance=kind == "instance", pieces=options.pieces, name=path.stem)
    return Draft(
        name=path.stem,
        entries=outlined.entries,
        classes=table.classes(outlined.classes),
        several=table.several,
        notes=(*notes, *outlined.notes, *_unnamed(path, entries), *_patient_like(path, table.patient_like())),
        unusable=(*unusable, *outlined.unusable),
    )


@dataclass(frozen=True)
class _Row:
    """A row and its number in the file, as a spreadsheet counts."""

    number: int
    cells: dict[str, str]


class _Table:
    def __init__(self, path: Path, kind: TaskKind, options: ReadingOptions) -> None:
        self._folder = path.parent
        self._kind = kind
        self._options = options
        self.several = options.several or len(options.label_columns) > 1
        optional = (options.patient_column, options.split_column, options.mask_column, *options.label_columns)
        rows = csv_rows(source_file(path), needed_columns(kind, options), optional)
        # Spreadsheets leave rows without anything at the end.
        self._rows = [_Row(number, row) for number, row in enumerate(rows, 2) if any(row.values())]
        if not self._rows:
            raise InputError(f"Expected rows about images in {path.name}, but there is none.")

    def by_image(self) -> dict[str, list[_Row]]:
        """The rows about each image, in the order of their first ones."""
        found: defaultdict[str, list[_Row]] = defaultdict(list)
        for row in self._rows:
            found[text_of(row.cells[self._options.image_column]).replace("\\", "/")].append(row)
        return dict(found)

    def entry(self, name: str, rows: Sequence[_Row]) -> tuple[Entry, tuple[Outline, ...]]:
        """An image and its mask files.

        Raises:
            InputError: a file is missing, or a cell makes no sense.
        """
        entry = Entry(
            name=name,
            path=self._file(name, "images"),
            patient=self._agreed(rows, self._options.patient_column),
            split=self._agreed(rows, self._options.split_column),
            labels=self._labels(rows) if self._kind == "classification" else None,
            values=self._values(rows) if self._kind == "regression" else None,
        )
        return entry, tuple(outline for row in rows for outline in self._outlines(row))

    def patient_like(self) -> list[str]:
        """Columns that could hold patients, where none is named as the one that does."""
        names = self._rows[0].cells
        if self._options.patient_column in names or self._options.patient_pattern is not None:
            return []
        return [name for name in names if any(word in name.casefold() for word in _PATIENT_WORDS)]

    def classes(self, outlined: tuple[str, ...]) -> tuple[str, ...]:
        """Names in the table's order, where it has one."""
        if self._kind == "regression":
            return self._options.targets
        if self._kind == "classification":
            return self._options.label_columns if len(self._options.label_columns) > 1 else ()
        return outlined

    def _agreed(self, rows: Sequence[_Row], column: str) -> str | None:
        """What all rows about an image say, None where they say nothing."""
        said = dict.fromkeys(text for row in rows if (text := text_of(row.cells.get(column))))
        if len(said) > 1:
            raise InputError(f"Expected one {column} for each image, but its rows have {', '.join(said)}.")
        return next(iter(said), None)

    def _labels(self, rows: Sequence[_Row]) -> tuple[str, ...] | None:
        columns = self._options.label_columns
        said = [labels_of(row.cells, columns, several=self.several) for row in rows]
        names = dict.fromkeys(name for labels in said if labels is not None for name in labels)
        return tuple(names) if any(labels is not None for labels in said) else None

    def _values(self, rows: Sequence[_Row]) -> tuple[float, ...]:
        said = {tuple(number_of(row.cells[name], name) for name in self._options.targets) for row in rows}
        if len(said) > 1:
            raise InputError("Expected the same targets in all rows about an image, but they differ.")
        return said.pop()

    def _outlines(self, row: _Row) -> Iterator[Outline]:
        names = _listed(row.cells.get(self._options.mask_column))
        if self._kind in ("classification", "regression"):
            categories: list[str | None] = [OBJECT]
        else:
            columns = self._options.label_columns
            categories = [*_listed(row.cells.get(columns[0]))] if len(columns) == 1 else []
        if len(categories) == 1 or not categories:
            categories = [categories[0] if categories else None] * len(names)
        if len(categories) != len(names):
            raise InputError(
                f"Expected a label for each of {len(names)} masks, or one for all, but got {len(categories)}."
            )
        for name, category in zip(names, categories, strict=True):
            yield Outline(self._file(name, "masks"), category)

    def _file(self, name: str, usual_folder: str) -> Path:
        if not name:
            raise InputError(
                f"Expected the path of an image in the column {self._options.image_column}, but it is empty."
            )
        places = (self._folder, self._folder / usual_folder)
        for place in places:
            if (place / name).is_file():
                return place / name
        raise InputError(f"Its file is missing: there is no {name} in {' or '.join(str(place) for place in places)}.")


def _listed(cell: str | None) -> list[str]:
    return [text for part in text_of(cell).split(SEPARATOR) if (text := part.strip().replace("\\", "/"))]


def _patient_like(table: Path, columns: Sequence[str]) -> Iterator[Skipped]:
    for column in columns:
        reason = f"It is not used: if it says whose the images are, give  --patient {column}, or parts share patients."
        yield Skipped(table.stem, f"column {column}", reason)


def _unnamed(table: Path, entries: Sequence[tuple[Entry, tuple[Outline, ...]]]) -> list[Skipped]:
    """Images beside a table that it does not name, in one sentence."""
    named = {path.resolve() for entry, outlines in entries for path in (entry.path, *(o.path for o in outlines))}
    # Not the folders below them: a table may lie beside all that somebody has.
    files = (file for folder in {entry.path.parent for entry, _ in entries} for file in folder.iterdir())
    images = (file for file in files if file.suffix.lower() in READABLE_SUFFIXES and not file.name.startswith("."))
    others = sorted({file.name for file in images if file.resolve() not in named})
    if not others:
        return []
    shown = ", ".join(others[:_MOST_NAMED]) + (", …" if len(others) > _MOST_NAMED else "")
    return [Skipped(table.stem, f"{len(others)} images", f"{table.name} does not name them: {shown}")]
