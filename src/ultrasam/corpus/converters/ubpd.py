"""UBPD: jpg images, each with a LabelMe file of its name whose labels are Chinese in Latin letters (pinyin)."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMeMask, PictureFile, pairs
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_CLASSES = (
    ("dongmai", "artery"),
    ("jingmai", "vein"),
    ("jirouzuzhi", "muscle"),
    ("shenjing", "nerve"),
    ("zhifang", "fat"),
    ("jizhu", "spine"),
)


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All images; the first part of a name is the patient."""
    for image, outlines in pairs(source.select("*.{jpg,jpeg}"), source.select("*.json"), notes):
        patient, separator, _ = image.stem.partition("_")
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(LabelMeMask(outlines, _CLASSES),),
            patient=patient if separator else None,
            is_negative_if_empty=False,
        )
