"""Which layout a user's data have, by what is there."""

from __future__ import annotations

from pathlib import Path

from ultrasam.corpus.coco.finding import ANNOTATIONS_FOLDER, looks_like_coco
from ultrasam.downstream.data.class_folders import has_class_folders, read_class_folders
from ultrasam.downstream.data.coco.finding import coco_files
from ultrasam.downstream.data.coco.reading import read_coco
from ultrasam.downstream.data.draft import Draft
from ultrasam.downstream.data.files import inner_folders
from ultrasam.downstream.data.masks.folders import find_mask_folders, has_mask_folders, read_mask_folders
from ultrasam.downstream.data.options import ReadingOptions
from ultrasam.downstream.data.tables.facts import has_columns, with_table_facts
from ultrasam.downstream.data.tables.reading import SUFFIXES, needed_columns, read_table
from ultrasam.errors import InputError
from ultrasam.imaging.reading import READABLE_SUFFIXES
from ultrasam.modeling.heads.config import TaskKind

_MASKS = "images/ and masks/, masks such as x_mask.png beside x.png, or a CSV file with the columns {image} and {mask}"
_BOOKS = (".xlsx", ".xls", ".ods")
_KNOWN: dict[TaskKind, str] = {
    "classification": "a folder for each class (perhaps below train, val and test), or a CSV file with the columns "
    "{image} and {label}",
    "regression": "a CSV file with the columns {image} and {targets}",
    "semantic": _MASKS,
    "instance": _MASKS,
}


def read_draft(path: Path, kind: TaskKind, options: ReadingOptions) -> Draft:
    """Read a data set as it is.

    - a COCO file, or a folder with one (or with one for each part);
    - a CSV or TSV file, or a folder with exactly one;
    - masks: ``images/`` and ``masks/``, both below ``train/``, ``val/`` and ``test/`` or with those in them, nnU-Net's
      ``imagesTr/`` and ``labelsTr/``, or ``x_mask.png`` beside ``x.png``;
    - classes: a folder for each, perhaps below ``train/``, ``val/`` and ``test/``.

    A table beside folders of masks or classes that names no masks or labels may still tell patients and parts.

    Raises:
        InputError: nothing is there, it is in none of these layouts, or in one of them and damaged.
    """
    if kind == "regression" and not options.targets:
        raise InputError("Expected the names of columns to predict, but got none: give  --target COLUMN.")
    if not path.exists():
        raise InputError(f"Expected data, but there is nothing at {path}.")
    if path.is_dir():
        return _read_folder(path, kind, options)
    if path.suffix.lower() in SUFFIXES:
        return read_table(path, kind, options)
    if path.suffix.lower() in (*READABLE_SUFFIXES, *_BOOKS):
        raise InputError(
            f"Expected a folder, a COCO file (.json) or a table (.csv, .tsv), but got {path}: give the folder that it "
            "lies in, or save a table of Excel as CSV."
        )
    return read_coco(coco_files(path), kind, options)


def _read_folder(root: Path, kind: TaskKind, options: ReadingOptions) -> Draft:
    if options.masks is None and _holds_coco(root):
        return read_coco(coco_files(root), kind, options)
    tables = [file for file in sorted(root.iterdir()) if file.suffix.lower() in SUFFIXES]
    if len(tables) > 1:
        names = ", ".join(file.name for file in tables)
        raise InputError(f"Expected one table in {root}, but found {names}: give the path of one of them.")
    table = tables[0] if tables else None
    is_told = table is not None and has_columns(table, needed_columns(kind, options))
    if table is not None and is_told and options.masks is None:
        return read_table(table, kind, options)
    draft = _by_folders(root, kind, options)
    if draft is not None:
        return draft if table is None else with_table_facts(draft, table, options)
    if table is not None:
        return read_table(table, kind, options)
    known = _KNOWN[kind].format(
        image=options.image_column,
        mask=options.mask_column,
        label=options.label_column,
        targets=" and ".join(options.targets),
    )
    raise InputError(f"Expected a COCO file, {known} in {root}, but found none of these.")


def _by_folders(root: Path, kind: TaskKind, options: ReadingOptions) -> Draft | None:
    if kind == "classification":
        return read_class_folders(root) if has_class_folders(root) and not has_mask_folders(root) else None
    found = find_mask_folders(root, options.masks) if kind != "regression" else []
    return read_mask_folders(root, found, options, is_instance=kind == "instance") if found else None


def _holds_coco(root: Path) -> bool:
    """Whether a COCO file lies where :func:`~ultrasam.corpus.find_coco` would look for one."""
    folders = [root, *inner_folders(root)]
    places = [place for folder in folders for place in (folder, folder / ANNOTATIONS_FOLDER)]
    return any(looks_like_coco(file) for place in places for file in place.glob("*.json"))
