"""ACOUSLIC-AI: ``stacked_fetal_ultrasound/UUID.mha``, six sweeps, with ``stacked_fetal_abdomen/UUID.mha``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import Legend, optional_rows, pairs, volume_samples, volume_size
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source

_LEGEND = Legend.index({1: "fetal_abdomen_optimal", 2: "fetal_abdomen_suboptimal"})
_SWEEPS, _FRAMES_PER_SWEEP = 6, 140


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Frames with a mask; the quality of the plane is the value of its mask, and so its class."""
    table = optional_rows(source, "fetal_abdominal_circumferences_per_sweep.csv", ("uuid", "subject_id"), notes)
    row_of = {row["uuid"].lower(): row for row in table}
    images = source.select("stacked_fetal_ultrasound/*.mha")
    for image, mask in pairs(images, source.select("stacked_fetal_abdomen/*.mha"), notes):
        row = row_of.get(image.stem.lower(), {})
        if table and not row:
            notes.warn(f"Expected a row of {image.stem} in the table, but there is none: its subject is not known.")
        try:
            has_sweeps = volume_size(image)[2:] == (_SWEEPS * _FRAMES_PER_SWEEP,)
            if not has_sweeps:
                notes.warn(f"Expected six sweeps of 140 frames in {image.path}: which frame is of which is not known.")
            for sample in volume_samples(
                image.stem, image, mask, _LEGEND, patient=row.get("subject_id") or None, split="train"
            ):
                yield replace(sample, labels=_labels(sample, row)) if has_sweeps else sample
        except Unreadable as error:
            notes.skip(image, str(error))
            notes.ignore(mask)


def _labels(sample: Sample, row: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The sweep of a frame, and the circumference that was measured in this sweep."""
    sweep = str((sample.frame or 0) // _FRAMES_PER_SWEEP + 1)
    circumference = row.get(f"sweep_{sweep}_ac_mm")
    found = {"sweep": sweep, "abdominal circumference of the sweep in mm": circumference}
    return tuple((name, text) for name, text in found.items() if text)
