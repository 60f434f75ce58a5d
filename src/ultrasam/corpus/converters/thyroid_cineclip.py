"""Stanford's thyroid cine-clips: one row per frame in ``dataset.hdf5``, one row per clip in ``metadata.csv``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import Hdf5Stack, LabelMask, LabelPlane, Legend, Plane, hdf5_columns, optional_rows
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_LEGEND = Legend.binary("thyroid_nodule")
_DIAGNOSES = {"0": "benign", "1": "malignant"}
_LABELS = {
    "TI-RADS": "ti-rads_level",
    "composition": "ti-rads_composition",
    "echogenicity": "ti-rads_echogenicity",
    "shape": "ti-rads_shape",
    "margin": "ti-rads_margin",
    "echogenic foci": "ti-rads_echogenicfoci",
    "location": "location",
    "sex": "sex",
    "age": "age",
}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """A clip is of one nodule, so that a frame without a mask may still show another one."""
    file = source.find("dataset.hdf5")
    images, masks = Hdf5Stack(file, "image"), Hdf5Stack(file, "mask")
    labels_of = _labels(source, notes)
    clips, numbers = (column.tolist() for column in hdf5_columns(file, "annot_id", "frame_num"))
    clips = [str(clip) for clip in clips]
    frames = _places(clips, numbers)
    for row, (clip, frame) in enumerate(zip(clips, frames, strict=True)):
        yield Sample(
            name=f"{clip}/{row:05}",
            pixels=Plane(images, row),
            masks=(LabelMask(LabelPlane(masks, row), _LEGEND),),
            patient=clip.partition("_")[0],
            sequence=clip,
            frame=frame,
            labels=labels_of.get(_nodule(clip), ()),
            is_negative_if_empty=False,
        )
    if None in frames:
        notes.warn(f"Expected whole numbers in frame_num, but {frames.count(None):,} are none: they have no place.")
    for clip in sorted({clip for clip in clips if _nodule(clip) not in labels_of}) if labels_of else ():
        notes.warn(f"Expected a row of the clip {clip} in metadata.csv, but there is none: it has no labels.")


def _places(clips: Sequence[str], numbers: Sequence[Any]) -> list[int | None]:
    """Of each frame in its clip, from 0: nobody says at what number clips begin. None for what is no whole number."""
    whole = [_whole(number) for number in numbers]
    first_of: dict[str, int] = {}
    for clip, number in zip(clips, whole, strict=True):
        if number is not None:
            first_of[clip] = min(number, first_of.get(clip, number))
    return [None if number is None else number - first_of[clip] for clip, number in zip(clips, whole, strict=True)]


def _whole(number: Any) -> int | None:
    try:
        value = float(number)
        return int(value) if value.is_integer() else None
    except ValueError:
        return None


def _nodule(clip: str) -> str:
    """``"1"`` of ``1_``, which is the only nodule of patient 1, as tables may have it without the line."""
    return clip.removesuffix("_")


def _labels(source: Source, notes: Notes) -> dict[str, tuple[tuple[str, str], ...]]:
    """Of each clip; empty cells are left out."""
    found = {}
    for row in optional_rows(source, "metadata.csv", ["annot_id", "histopath_diagnosis", "ti-rads_level"], notes):
        diagnosis = _DIAGNOSES.get(row["histopath_diagnosis"].removesuffix(".0"), "")
        labels = {"diagnosis": diagnosis, **{name: row.get(column, "") for name, column in _LABELS.items()}}
        found[_nodule(row["annot_id"])] = tuple((name, text) for name, text in labels.items() if text)
    return found
