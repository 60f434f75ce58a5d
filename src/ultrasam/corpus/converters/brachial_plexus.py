"""Brachial plexus: ``Sonosite/videos/s071.mp4``, a mask per frame in ``ac_masks``, of a few videos in ``needle_masks``.

The number of a frame, from 0, ends the name of its masks: ``ac_masks/s071/s071_000.jpg``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import ImageStack, LabelMask, LabelPicture, Legend, Plane, by_key
from ultrasam.corpus.reading.stacks import plane_count
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source, SourceFile

_NERVE, _NEEDLE = Legend.binary("nerve"), Legend.binary("needle")
#: The folder of a machine, or ``demo``.
_PLACE = re.compile(r"/([^/]*)/(?:videos|ac_masks|needle)/|/(demo)/", re.IGNORECASE)
_MASK = re.compile(r"(.+)_(\d+)", re.DOTALL)
_NOT_NEEDED = ("bb_annotations/*.txt", "needle_coordinates/*.txt", "demo/*.txt", "data/**/*.md", "README.md", "*.pdf")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All frames of the videos that have masks; an empty mask of the nerves says that none is seen."""
    for pattern in _NOT_NEEDED:
        notes.ignore(*source.select(pattern))
    nerves = _masks([*source.select("ac_masks/*/*.jpg"), *source.select("demo/*_masks/*.jpg")], notes)
    needles = _masks(source.select("needle_masks/*/*.jpg"), notes)
    videos = [*source.select("videos/*.mp4"), *source.select("demo/*.mp4")]
    for name, video in by_key(videos, _video, notes).items():
        nerve_of, needle_of = nerves.pop(name, {}), needles.pop(name, {})
        if not nerve_of and not needle_of:
            notes.skip(video, "Expected masks for this video, but there are none.")
            continue
        stack = ImageStack(video)
        try:
            frames = range(plane_count(stack))
        except Unreadable as error:
            notes.skip(video, str(error))
            notes.ignore(*nerve_of.values(), *needle_of.values())
            continue
        place = _place(video)
        sequence = "/".join(filter(None, (place, video.stem)))
        for frame in frames:
            found = ((nerve_of.pop(frame, None), _NERVE), (needle_of.pop(frame, None), _NEEDLE))
            yield Sample(
                name=f"{sequence}/{frame:04}",
                pixels=Plane(stack, frame),
                masks=tuple(LabelMask(LabelPicture(mask), legend) for mask, legend in found if mask),
                sequence=sequence,
                frame=frame,
                labels=(("device", place),) if place.lower() not in ("", "demo") else (),
                is_negative_if_empty=found[0][0] is not None,
            )
        for mask in (*nerve_of.values(), *needle_of.values()):
            notes.skip(mask, "Expected a frame of this number in the video, but it has fewer.")
    for mask in (mask for found in (nerves, needles) for rest in found.values() for mask in rest.values()):
        notes.skip(mask, "Expected a video for this mask, but there is none.")


def _masks(files: Iterable[SourceFile], notes: Notes) -> dict[str, dict[int, SourceFile]]:
    """Of each video, by the number of the frame."""
    numbered = []
    for file in files:
        if _MASK.fullmatch(file.stem):
            numbered.append(file)
        else:
            notes.skip(file, "Expected the number of a frame at the end of this name.")
    found: defaultdict[str, dict[int, SourceFile]] = defaultdict(dict)
    for mask in by_key(numbered, lambda file: "{}/{}".format(*_frame(file)), notes).values():
        video, frame = _frame(mask)
        found[video][frame] = mask
    return found


def _frame(mask: SourceFile) -> tuple[str, int]:
    video, _, number = mask.stem.rpartition("_")
    return f"{_place(mask)}/{video}".lower(), int(number)


def _video(video: SourceFile) -> str:
    return f"{_place(video)}/{video.stem}".lower()


def _place(file: SourceFile) -> str:
    found = _PLACE.search(f"/{file.path}")
    return (found[1] or found[2] or "") if found else ""
