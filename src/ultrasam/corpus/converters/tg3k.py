"""TG3K: ``tg3k/thyroid-image/0000.jpg`` with ``tg3k/thyroid-mask/0000.jpg``, the frames of one video after another."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs, picture_size
from ultrasam.corpus.sample import Sample, SplitName, Unreadable
from ultrasam.corpus.source import Source

_LEGEND = Legend.binary("thyroid_gland")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """A run of frames of one size is one sequence: nothing else tells where a video ends."""
    notes.ignore(*source.select("{tn3k,DDTI dataset}/**/*"))
    split_of = _official_split(source, notes)
    run, run_size, place = -1, (0, 0), 0
    for image, mask in pairs(source.select("thyroid-image/*.jpg"), source.select("thyroid-mask/*.jpg"), notes):
        try:
            size = picture_size(image)
        except Unreadable as error:
            notes.skip(image, str(error))
            notes.skip(mask, "Expected an image for this mask, but it is damaged.")
            continue
        if size != run_size:
            run, run_size, place = run + 1, size, 0
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), _LEGEND),),
            sequence=f"run {run}",
            frame=place,
            split=split_of.get(image.stem),
            is_negative_if_empty=False,
        )
        place += 1


def _official_split(source: Source, notes: Notes) -> dict[str, SplitName]:
    """Of the names of images, by their numbers in ``tg3k-trainval.json``."""
    found: dict[str, SplitName] = {}
    for file in source.select("tg3k-trainval.json"):
        notes.ignore(file)
        try:
            lists = json.loads(file.read())
            for part in ("train", "val"):
                found.update((f"{int(number):04}", part) for number in lists[part])
        except (ValueError, TypeError, KeyError):
            notes.skip(file, "Expected lists of numbers, train and val, but got something else: no split is official.")
            return {}
    return found
