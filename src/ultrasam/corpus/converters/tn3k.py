"""TN3K: ``tn3k/trainval-image/0000.jpg`` with ``tn3k/trainval-mask/0000.jpg``, and the same for ``test``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, numbers_by_name, pairs, stem
from ultrasam.corpus.sample import Sample, SplitName
from ultrasam.corpus.source import Source

_LEGEND = Legend.binary("thyroid_nodule")
_SPLITS: dict[str, SplitName] = {"trainval": "train", "test": "test"}
_DIAGNOSES = {"0": "benign", "1": "malignant"}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Both parts; their numbers repeat. The folds within the first one say nothing about patients."""
    notes.ignore(*source.select("{tg3k,DDTI dataset}/**/*"), *source.select("tn3k-trainval-fold*.json"))
    for part, split in _SPLITS.items():
        number_of = numbers_by_name(source, f"label4{part}.csv", _DIAGNOSES, notes)
        images, masks = source.select(f"{part}-image/*.jpg"), source.select(f"{part}-mask/*.jpg")
        for image, mask in pairs(images, masks, notes):
            diagnosis = _DIAGNOSES.get(number_of.get(stem(image), ""))
            yield Sample(
                name=f"{part}/{image.stem}",
                pixels=PictureFile(image),
                masks=(LabelMask(LabelPicture(mask), _LEGEND),),
                split=split,
                labels=(("diagnosis", diagnosis),) if diagnosis else (),
                is_negative_if_empty=False,
            )
