"""ASUS: ``q000_ultrasound.npy`` with ``q000_segmentation.npy``, all frames of one volunteer."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import (
    LabelMask,
    LabelPlane,
    Legend,
    NpyImageStack,
    NpyStack,
    Plane,
    npy_shape,
    pairs,
)
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source, SourceFile

_LEGEND = Legend.grey({1: "spine"}, tolerance=0.5)


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Frames with a mask, the right way up as the authors' notebook shows them."""
    images, masks = source.select("*_ultrasound.npy"), source.select("*_segmentation.npy")
    for image, mask in pairs(images, masks, notes, key=_volunteer):
        try:
            count, mask_count = npy_shape(image)[0], npy_shape(mask)[0]
            if count != mask_count:
                raise Unreadable(f"Expected the {count} frames of {image.path} in {mask.path}, but got {mask_count}.")
        except Unreadable as error:
            notes.skip(image, str(error))
            notes.ignore(mask)
            continue
        volunteer = _volunteer(image)
        for index in range(count):
            yield Sample(
                name=f"{volunteer}/{index:04}",
                pixels=Plane(NpyImageStack(image), index, turn="rows"),
                masks=(LabelMask(LabelPlane(NpyStack(mask), index, turn="rows"), _LEGEND),),
                patient=volunteer,
                sequence=volunteer,
                frame=index,
                is_negative_if_empty=False,
            )


def _volunteer(file: SourceFile) -> str:
    return file.stem.partition("_")[0].lower()
