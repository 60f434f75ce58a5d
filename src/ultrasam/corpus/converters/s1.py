"""S1: images of two folders, training and test, with masks whose grey level is the diagnosis, or plain masks."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import FirstReadable, LabelMask, LabelPicture, Legend, PictureFile, pairs, stem
from ultrasam.corpus.sample import Sample, SplitName
from ultrasam.corpus.source import Source, SourceFile

#: Narrow, as the rim of an anti-aliased malignant lesion passes through the grey of benign ones.
_BY_DIAGNOSIS = Legend.grey({127: "breast_lesion_benign", 255: "breast_lesion_malignant"}, tolerance=20)
_PLAIN = Legend.binary("breast_lesion")
_EXPANDED, _GENERAL = "Expanded-3-channel-Labels", "General-1-channel-Labels"


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Masks with diagnoses first; plain masks for images that have no other, or none that can be read."""
    training, testing = "TrainingDataSet/", "TestingDataSet/Test-"
    yield from _part(
        "train",
        source.select(f"{training}BreastTumourImages/*.jpg"),
        source.select(f"{training}{_EXPANDED}/*.png"),
        source.select(f"{training}{_GENERAL}/*.png"),
        notes,
    )
    images = source.select(f"{testing}Expanded-BreastTumourImages/*.jpg")
    known = {stem(image) for image in images}
    # The same images once more, for a network of one channel.
    others = source.select(f"{testing}General-1-BreastTumourImages/*.jpg")
    notes.ignore(*(image for image in others if stem(image) in known))
    yield from _part(
        "test",
        [*images, *(image for image in others if stem(image) not in known)],
        source.select(f"{testing}{_EXPANDED}/*.png"),
        source.select(f"{testing}{_GENERAL}/*.png"),
        notes,
    )


def _part(
    split: SplitName, images: list[SourceFile], expanded: list[SourceFile], general: list[SourceFile], notes: Notes
) -> Iterator[Sample]:
    is_expanded = {stem(mask) for mask in expanded}
    plain_of = {stem(mask): mask for mask in general}
    masks = [*expanded, *(mask for mask in general if stem(mask) not in is_expanded)]
    notes.ignore(*(mask for mask in general if stem(mask) in is_expanded))
    for image, mask in pairs(images, masks, notes):
        name = stem(image)
        plain = [LabelMask(LabelPicture(plain_of[name]), _PLAIN)] if name in plain_of else []
        by_diagnosis = [LabelMask(LabelPicture(mask), _BY_DIAGNOSIS)] if name in is_expanded else []
        yield Sample(
            name=f"{split}/{name}",
            pixels=PictureFile(image),
            masks=(FirstReadable((*by_diagnosis, *plain)),),
            split=split,
            is_negative_if_empty=False,
        )
