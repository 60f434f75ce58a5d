"""kidneyUS: images by registration, masks of the repository ``labels/reviewed_masks_1/{capsule,regions}``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, by_key, optional_rows, pairs, stem
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_CAPSULE = Legend.index({1: "kidney"})
_REGIONS = Legend.index({1: "kidney_central_echo_complex", 2: "kidney_medulla", 3: "kidney_cortex"})


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Images with what the first sonographer outlined; images that were too poor to outline are left out."""
    files = source.select("*_IM-*.png")
    images = [file for file in files if "labels" not in file.path.lower().split("/")]
    notes.ignore(*source.select("labels/images/*.png"))
    notes.ignore(*source.select("labels/reviewed_masks_2/**/*"), *source.select("labels/reviewed_labels_2.csv"))
    regions = by_key(source.select("reviewed_masks_1/regions/*.png"), stem, notes)
    attributes = _attributes(source, notes)
    for image, capsule in pairs(images, source.select("reviewed_masks_1/capsule/*.png"), notes):
        masks = [LabelMask(LabelPicture(capsule), _CAPSULE)]
        region = regions.pop(stem(image), None)
        if region is None:
            notes.warn(f"The regions of {image.path} are missing.")
        else:
            masks.append(LabelMask(LabelPicture(region), _REGIONS))
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=tuple(masks),
            patient=image.stem.partition("_")[0],
            labels=attributes.get(stem(image), ()),
            is_negative_if_empty=False,
        )
    for region in regions.values():
        notes.skip(region, "Expected an image and a capsule for these regions, but one of them is missing.")


def _attributes(source: Source, notes: Notes) -> dict[str, tuple[tuple[str, str], ...]]:
    """Stem to what the first sonographer said about the image, the first time."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in optional_rows(source, "reviewed_labels_1.csv", ("filename", "file_attributes"), notes):
        name = row["filename"].rpartition(".")[0].lower()
        try:
            said: Any = json.loads(row["file_attributes"])
            values = {key.lower(): str(value).strip() for key, value in said.items()}
        except (ValueError, AttributeError):
            notes.warn(f"What the table says about {row['filename']} cannot be read.")
            continue
        wanted = {"quality": "quality", "view": "view", "comments": "comment"}
        labels = tuple((label, values[key]) for key, label in wanted.items() if values.get(key, "") not in ("", "n/a"))
        found.setdefault(name, labels)
    return found
