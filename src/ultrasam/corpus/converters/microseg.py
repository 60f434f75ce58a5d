"""MicroSeg: ``train/micro_ultrasound_scans/…_01.nii.gz`` with ``train/expert_annotations/…_01.nii.gz``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import Legend, pairs, volume_samples
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source, SourceFile

PARTS: tuple[Literal["train", "test"], ...] = ("train", "test")
#: No source says which of the two numbers inside has.
_LEGEND = Legend(((0, None), (1, "prostate"), (255, "prostate")))
_EXPERTS = "expert_annotations"


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All scans, as the experts outlined them."""
    others = source.select("*_annotations/*.{nii,nii.gz}")
    notes.ignore(*(file for file in others if file.parts[-2].lower() != _EXPERTS))
    for part in PARTS:
        scans = source.select(f"{part}/micro_ultrasound_scans/*.{{nii,nii.gz}}")
        yield from prostate_samples(part, scans, source.select(f"{part}/{_EXPERTS}/*.{{nii,nii.gz}}"), notes)


def prostate_samples(
    part: Literal["train", "test"], scans: Iterable[SourceFile], masks: Iterable[SourceFile], notes: Notes
) -> Iterator[Sample]:
    """Slices of the scans of one part, which are told apart by the number at the end of their names."""
    for scan, mask in pairs(scans, masks, notes, key=_number):
        volume = f"{part}/{_number(scan)}"
        try:
            yield from volume_samples(volume, scan, mask, _LEGEND, turn="half", patient=volume, split=part)
        except Unreadable as error:
            notes.skip(scan, str(error))
            notes.ignore(mask)


def _number(file: SourceFile) -> str:
    """``"01"`` of ``"microUS_train_01"``; a name without a number stays itself, and so has no partner."""
    found = re.search(r"\d+$", file.stem)
    return f"{int(found[0]):02}" if found else file.stem.lower()
