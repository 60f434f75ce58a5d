"""Ultrasound Nerve Segmentation (Kaggle): ``train/1_10.tif`` with ``train/1_10_mask.tif``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs_by_ending
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_LEGEND = Legend.binary("nerve")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The images to train with; the number before ``_`` is the subject. An empty mask says that no nerve is seen."""
    for image, mask in pairs_by_ending(source.select("train/*.{tif,tiff}"), notes, mask="_mask"):
        yield Sample(
            name=f"train/{image.stem}",
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), _LEGEND),),
            patient=image.stem.partition("_")[0],
            split="train",
        )
    for image in source.select("test/*.{tif,tiff}"):
        notes.skip(image, "The masks of the test set are not public.")
    notes.ignore(*source.select("{train_masks,sample_submission}.csv"))
