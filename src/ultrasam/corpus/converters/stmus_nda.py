"""STMUS_NDA: a folder per muscle (``BB``, ``GM``, ``TA``), with masks in a folder that is called so."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source, SourceFile

_MUSCLES = {"BB": "biceps_brachii", "GM": "gastrocnemius", "TA": "tibialis_anterior"}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The three muscles; one name may be in several of them. Each image is of its muscle: none is a negative."""
    for folder, muscle in _MUSCLES.items():
        # The source does not say whether a muscle is 1 or 255.
        legend = Legend(((0, None), (1, muscle), (255, muscle)))
        files = source.select(f"{folder}/**/*.png")
        masks = [file for file in files if _is_mask(file, folder)]
        images = [file for file in files if not _is_mask(file, folder)]
        for image, mask in pairs(images, masks, notes):
            yield Sample(
                name=f"{folder}/{image.stem}",
                pixels=PictureFile(image),
                masks=(LabelMask(LabelPicture(mask), legend),),
                is_negative_if_empty=False,
            )


def _is_mask(file: SourceFile, folder: str) -> bool:
    inside = f"/{file.folder}/".lower().rpartition(f"/{folder.lower()}/")[2]
    return "masks" in inside
