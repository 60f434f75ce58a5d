"""TN-SCUI 2020: ``image/2.PNG`` with ``mask/2.PNG``; a repack has ``JPEGImages/2.jpg``, ``SegmentationClass/2.png``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_OFFICIAL = Legend.binary("thyroid_nodule")
_REPACK = Legend.index({1: "thyroid_nodule"})


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The official package; where it is not there, the repack. Images to test have no masks."""
    notes.ignore(*source.select("*testset*/**/*"), *source.select("ImageSets/**/*"))
    category_of = _categories(source, notes)
    images, masks, legend = source.select("image/*.png"), source.select("mask/*.png"), _OFFICIAL
    repack = [*source.select("JPEGImages/*.jpg"), *source.select("SegmentationClass/*.png")]
    if images:
        notes.ignore(*repack)
    else:
        images, masks, legend = source.select("JPEGImages/*.jpg"), source.select("SegmentationClass/*.png"), _REPACK
    for image, mask in pairs(images, masks, notes):
        category = category_of.get(image.stem)
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), legend),),
            split="train",
            labels=(("category", category),) if category else (),
        )


def _categories(source: Source, notes: Notes) -> dict[str, str]:
    """Of the names of images without suffix, as ``train.csv`` has them."""
    found = {}
    for file in source.select("train.csv"):
        notes.ignore(file)
        for place, line in enumerate(file.read().decode("utf-8-sig", "replace").split()):
            name, _, number = line.partition(",")
            if number in ("0", "1"):
                found[name.rpartition(".")[0] or name] = number
            elif place > 0:
                notes.warn(f"Expected lines as 2.PNG,1 in {file.path}, but got {line!r}: it is passed by.")
    return found
