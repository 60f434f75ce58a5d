"""MUP: the data set of MicroSeg in a packing where the names of the files say all."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.converters.microseg import PARTS, prostate_samples
from ultrasam.corpus.notes import Notes
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """``microUS_train_01.nii.gz`` with ``expert_annotation_train_01.nii.gz``, in any folder."""
    for part in PARTS:
        scans = source.select(f"microUS_{part}_*.{{nii,nii.gz}}")
        masks = source.select(f"expert_annotation_{part}_*.{{nii,nii.gz}}")
        others = source.select(f"*_annotation_{part}_*.{{nii,nii.gz}}")
        notes.ignore(*(file for file in others if file not in masks))
        yield from prostate_samples(part, scans, masks, notes)
