"""TN-SCUI 2020: ``image/2.PNG`` with ``mask/2.PNG``; a repack has ``JPEGImages/2.jpg``, ``SegmentationClass/2.png``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, numbers_by_name, pairs, stem
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_OFFICIAL = Legend.binary("thyroid_nodule")
_REPACK = Legend.index({1: "thyroid_nodule"})


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The official package; where it is not there, the repack. Images to test have no masks."""
    notes.ignore(*source.select("ImageSets/**/*"))
    to_test = set(source.select("*testset*/**/*"))
    for file in sorted(to_test, key=lambda file: file.path):
        notes.skip(file, "The masks of the test set are not public.")
    category_of = numbers_by_name(source, "train.csv", ("0", "1"), notes)
    images = [file for file in source.select("image/*.png") if file not in to_test]
    masks, legend = source.select("mask/*.png"), _OFFICIAL
    repack = [*source.select("JPEGImages/*.jpg"), *source.select("SegmentationClass/*.png")]
    if images:
        notes.ignore(*repack)
    else:
        images, masks, legend = source.select("JPEGImages/*.jpg"), source.select("SegmentationClass/*.png"), _REPACK
    for image, mask in pairs(images, masks, notes):
        category = category_of.get(stem(image))
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), legend),),
            split="train",
            labels=(("category", category),) if category else (),
            is_negative_if_empty=False,
        )
