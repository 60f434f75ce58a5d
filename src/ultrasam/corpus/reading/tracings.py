"""Tables that say frame by frame what was drawn on videos, as those of the EchoNet data sets do."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading.optional_tables import optional_rows
from ultrasam.corpus.reading.pairs import by_key, stem
from ultrasam.corpus.reading.tables import csv_rows
from ultrasam.corpus.source import Source, SourceFile

_FILE, _FRAME, _SPLIT = "FileName", "Frame", "Split"
_MOST_NAMED = 5


@dataclass(frozen=True)
class Tracing:
    """What was drawn on one frame.

    Attributes:
        video: the file.
        frame: its number as the table has it.
        rows: the numbers of its rows, in their order.
    """

    video: SourceFile
    frame: int
    rows: tuple[tuple[float, ...], ...]


def tracings(
    table: SourceFile,
    videos: Iterable[SourceFile],
    columns: Sequence[str],
    notes: Notes,
    untraced: Collection[str] = (),
) -> list[Tracing]:
    """The traced frames of the videos that are there, in the table's order; what cannot be used is said.

    Args:
        table: CSV with FileName, Frame, and a row per point or line.
        videos: files.
        columns: that hold the numbers of a row.
        notes: where videos go that nobody traced, frames whose rows are damaged, and tracings without a video.
        untraced: words that stand for a frame number where nothing was drawn.

    Raises:
        InputError: a column is missing.
    """
    video_of = by_key(videos, stem, notes)
    rows_of: defaultdict[tuple[str, int | None], list[Mapping[str, str]]] = defaultdict(list)
    for row in csv_rows(table, (_FILE, _FRAME, *columns)):
        if row[_FRAME] not in untraced:
            rows_of[_video(row[_FILE]), _whole(row[_FRAME])].append(row)
    found = []
    for (name, frame), rows in rows_of.items():
        numbers = _numbers(rows, columns)
        if name not in video_of:
            continue
        if frame is None or numbers is None:
            notes.skip(video_of[name], "Expected numbers in its table of tracings, but a frame has something else.")
        else:
            found.append(Tracing(video_of[name], frame, numbers))
    traced = {name for name, _ in rows_of}
    for name, video in video_of.items():
        if name not in traced:
            notes.skip(video, "Nobody traced a frame of this video.")
    missing = traced - video_of.keys()
    if missing:
        notes.warn(f"Expected the videos that {table.path} names, but {_named(missing)} not there.")
    notes.ignore(table)
    return found


def rows_of_videos(
    source: Source, pattern: str, splits: Collection[str], traced: Iterable[Tracing], notes: Notes
) -> dict[str, dict[str, str]]:
    """Rows of the one table of videos that fits a pattern, by the videos' :func:`stem`; none where there is no table.

    Args:
        source: with the table, CSV with FileName and Split.
        pattern: of its path.
        splits: what Split may say.
        traced: whose videos it should have.
        notes: where it goes that there is no table, that it has no row of a video, and that it says another split.
    """
    rows = {_video(row[_FILE]): row for row in optional_rows(source, pattern, (_FILE, _SPLIT), notes)}
    videos = {stem(tracing.video) for tracing in traced}
    if rows and videos - rows.keys():
        notes.warn(f"Expected a row of each video in {pattern}, but {_named(videos - rows.keys())} without one.")
    odd = {name for name in videos & rows.keys() if rows[name][_SPLIT] not in splits}
    if odd:
        notes.warn(f"Expected {', '.join(splits)} as Split in {pattern}, but {_named(odd)} in none of these.")
    return rows


def _video(name: str) -> str:
    """What tells a video apart; tables name it with or without its suffix."""
    return name.lower().removesuffix(".avi")


def _named(videos: Collection[str]) -> str:
    shown = ", ".join(sorted(videos)[:_MOST_NAMED]) + (", …" if len(videos) > _MOST_NAMED else "")
    return f"{len(videos):,} ({shown}) {'is' if len(videos) == 1 else 'are'}"


def _whole(text: str) -> int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() and number >= 0 else None


def _numbers(rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> tuple[tuple[float, ...], ...] | None:
    try:
        numbers = tuple(tuple(float(row[column]) for column in columns) for row in rows)
    except ValueError:
        return None
    return numbers if all(math.isfinite(number) for row in numbers for number in row) else None
