"""GIST514-DB: ``images/*.jpg``, and COCO files of polygons for five folds, ``{train,val}_anno_crop_split_0.json``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import PictureFile, PolygonImage, PolygonMask, by_key, coco_polygons
from ultrasam.corpus.sample import Sample, SplitName, Unreadable
from ultrasam.corpus.source import Source, SourceFile

_CLASSES = {1: "leiomyoma", 2: "gastrointestinal_stromal_tumor"}
#: What the authors train and test on in their first fold.
_PARTS: dict[str, SplitName] = {"train": "train", "val": "test"}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Images that the first fold names; the others only tell in which fold an image is held out."""
    images = by_key(source.select("images/*.{jpg,jpeg,png}"), _name, notes)
    fold_of = _folds(source, notes)
    for part, split in _PARTS.items():
        file = source.find(f"annotations/{part}_anno_crop_split_0.json")
        notes.ignore(file)
        for entry in _entries(file, notes):
            name = entry.file_name.rpartition("/")[2]
            image = images.pop(name.lower(), None)
            if image is None:
                notes.warn(f"{file.path}: expected the image {name} beside it, but it is missing or named twice.")
                continue
            classes = {outline.category for outline in entry.outlines}
            labels = {"diagnosis": classes.pop() if len(classes) == 1 else None, "fold": fold_of.get(name.lower())}
            yield Sample(
                name=image.stem,
                pixels=PictureFile(image),
                masks=(PolygonMask(file, entry.outlines, offset=0.0, of_size_hw=entry.size_hw),),
                patient=image.stem,
                split=split,
                labels=tuple((key, value) for key, value in labels.items() if value is not None),
                # Each shows a tumour: where none is left, its annotation is missing or could not be used.
                is_negative_if_empty=False,
            )
    for image in images.values():
        notes.skip(image, "Expected the annotations of the first fold to name this image, but they do not.")


def _folds(source: Source, notes: Notes) -> dict[str, str]:
    """Name of an image to the number of the fold that holds it out."""
    notes.ignore(*source.select("annotations/{train,val}_anno_crop_split_*.json"))
    return {
        entry.file_name.rpartition("/")[2].lower(): file.stem.rpartition("_")[2]
        for file in source.select("annotations/val_anno_crop_split_*.json")
        # What is wrong in the first fold is said when its objects are read, what is wrong in the others concerns none.
        for entry in _entries(file, Notes() if file.stem.endswith("_0") else notes)
    }


def _entries(file: SourceFile, notes: Notes) -> list[PolygonImage]:
    try:
        return coco_polygons(file, _CLASSES, notes)
    except Unreadable as error:
        notes.skip(file, str(error))
        return []


def _name(file: SourceFile) -> str:
    return file.name.lower()
