"""µ-RegPro: ``train/us_images/case000000.nii.gz`` with ``train/us_labels/…``, a channel for each structure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import channel_samples, pairs
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source

_CHANNELS = ("prostate", *(f"prostate_landmark_{number}" for number in range(1, 6)))
_PARTS: tuple[Literal["train", "val"], ...] = ("train", "val")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Sagittal slices of the ultrasound volumes; those of magnetic resonance are not needed."""
    notes.ignore(*source.select("{mr_images,mr_labels}/*"))
    for part in _PARTS:
        images = source.select(f"{part}/us_images/*.{{nii,nii.gz}}")
        for image, mask in pairs(images, source.select(f"{part}/us_labels/*.{{nii,nii.gz}}"), notes):
            case = f"{part}/{image.stem}"
            try:
                yield from channel_samples(
                    case, image, mask, _CHANNELS, axis="x", turn="half", patient=case, split=part
                )
            except Unreadable as error:
                notes.skip(image, str(error))
                notes.ignore(mask)
