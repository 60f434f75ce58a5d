"""EchoNet-Pediatric: ``A4C`` and ``PSAX``, each with ``Videos/*.avi``, ``VolumeTracings.csv`` and ``FileList.csv``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import (
    ImageStack,
    Outline,
    Plane,
    PolygonMask,
    Tracing,
    avi_length,
    rows_of_videos,
    stem,
    tracings,
)
from ultrasam.corpus.sample import Sample, SplitName
from ultrasam.corpus.source import Source, SourceFile

_VIEWS = ("A4C", "PSAX")
#: Of ten folds.
_SPLITS: dict[str, SplitName] = {**dict.fromkeys("0123456", "train"), "7": "val", **dict.fromkeys("89", "test")}
_LABELS = {"EF": "EF", "Sex": "sex", "Age": "age", "Weight": "weight", "Height": "height"}
_UNTRACED = ("No Systolic", "No Diastolic")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The traced frames, two of most videos."""
    tables, row_of, traced = {}, {}, {}
    for view in _VIEWS:
        videos = source.select(f"{view}/Videos/*.avi")
        if not videos:
            notes.warn(f"Expected videos of the views {' and '.join(_VIEWS)}, but there are none of {view}.")
            continue
        tables[view] = source.find(f"{view}/VolumeTracings.csv")
        traced[view] = tracings(tables[view], videos, ("X", "Y"), notes, _UNTRACED)
        row_of[view] = rows_of_videos(source, f"{view}/FileList.csv", _SPLITS, traced[view], notes)
    first = _first_number([tracing for found in traced.values() for tracing in found], notes)
    for view, found in traced.items():
        for tracing in found:
            yield _sample(view, tables[view], tracing, tracing.frame - first, row_of[view].get(stem(tracing.video), {}))


def _sample(view: str, table: SourceFile, tracing: Tracing, frame: int, row: dict[str, str]) -> Sample:
    video = tracing.video.stem
    # Three parts, of which the first is shared by several videos and both views.
    patient, *others = video.split("-")
    return Sample(
        name=f"{view}/{video}/{frame:04}",
        pixels=Plane(ImageStack(tracing.video), frame),
        masks=(PolygonMask(table, (Outline("left_ventricle", (tuple((x, y) for x, y in tracing.rows),)),)),),
        patient=patient if len(others) == 2 else None,
        sequence=f"{view}/{video}",
        frame=frame,
        split=_SPLITS.get(row.get("Split", "")),
        labels=(("view", view), *((name, row[column]) for column, name in _LABELS.items() if row.get(column))),
        is_negative_if_empty=False,
    )


def _first_number(traced: Sequence[Tracing], notes: Notes) -> int:
    """Whether the tables count frames from 0 or from 1, which is documented nowhere.

    A frame 0 shows the one, a last frame whose number is the length of its video the other.
    """
    if any(tracing.frame == 0 for tracing in traced):
        return 0
    if any(tracing.frame == avi_length(tracing.video) for tracing in traced):
        return 1
    if traced:
        notes.warn(
            "Whether frames are counted from 0 or from 1 cannot be told: no tracing is of a frame 0, and none of one "
            "whose number is the length of its video. They are taken as counted from 0, as in EchoNet-Dynamic."
        )
    return 0
