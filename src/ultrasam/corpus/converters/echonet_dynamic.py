"""EchoNet-Dynamic: ``Videos/0X….avi``, the traced frames in ``VolumeTracings.csv``, all else in ``FileList.csv``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import (
    ImageStack,
    Outline,
    Plane,
    PolygonMask,
    Ring,
    Tracing,
    rows_of_videos,
    stem,
    tracings,
)
from ultrasam.corpus.sample import Sample, SplitName
from ultrasam.corpus.source import Source

_SPLITS: dict[str, SplitName] = {"TRAIN": "train", "VAL": "val", "TEST": "test"}
_LABELS = ("EF", "ESV", "EDV")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The traced frames, two of most videos; they are numbered from 0, as the authors' own code reads them."""
    table = source.find("VolumeTracings.csv")
    traced = tracings(table, source.select("Videos/*.avi"), ("X1", "Y1", "X2", "Y2"), notes)
    row_of = rows_of_videos(source, "FileList.csv", _SPLITS, traced, notes)
    for tracing in traced:
        row = row_of.get(stem(tracing.video), {})
        yield Sample(
            name=f"{tracing.video.stem}/{tracing.frame:04}",
            pixels=Plane(ImageStack(tracing.video), tracing.frame),
            masks=(PolygonMask(table, (Outline("left_ventricle", (_around(tracing),)),)),),
            sequence=tracing.video.stem,
            frame=tracing.frame,
            split=_SPLITS.get(row.get("Split", "")),
            labels=tuple((name, row[name]) for name in _LABELS if row.get(name)),
            is_negative_if_empty=False,
        )


def _around(tracing: Tracing) -> Ring:
    """The outline through the ends of chords that follow each other along the long axis, which is the first row."""
    _, *chords = tracing.rows
    return tuple((x, y) for x, y, *_ in chords) + tuple((x, y) for *_, x, y in reversed(chords))
