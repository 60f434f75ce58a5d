"""EchoCP: ``001_r_image.nii.gz`` with ``001_r_label.nii.gz``, at rest (r) and in the Valsalva manoeuvre (v)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import Legend, optional_rows, pairs_by_ending, stem, volume_samples
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source

# Which chamber a value is of is documented nowhere.
_LEGEND = Legend.index({value: f"chamber_{value}" for value in range(1, 5)})
_NAME = re.compile(r"(\d{3})_([rv])")
_MANOEUVRES = {"r": "rest", "v": "Valsalva"}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Annotated frames of all videos, two per patient."""
    levels = _levels(source, notes)
    for image, label in pairs_by_ending(source.select("*_{image,label}.{nii,nii.gz}"), notes, "_label", "_image"):
        video = _NAME.fullmatch(stem(image).removesuffix("_image"))
        if video is None:
            notes.skip(image, "Expected a name such as 001_r_image.nii.gz.")
            notes.ignore(label)
            continue
        level = levels.get((int(video[1]), video[2]))
        pfo = (("PFO level", level),) if level else ()
        try:
            yield from volume_samples(
                video[0],
                image,
                label,
                _LEGEND,
                turn="half",
                patient=video[1],
                labels=(("manoeuvre", _MANOEUVRES[video[2]]), *pfo),
            )
        except Unreadable as error:
            notes.skip(image, str(error))
            notes.ignore(label)


def _levels(source: Source, notes: Notes) -> dict[tuple[int, str], str]:
    """Patient and manoeuvre to the level of the patent foramen ovale, 0 for none."""
    found = {}
    for row in optional_rows(source, "*diagnosis_label*.xlsx", ("Idx", "Action"), notes):
        level = next((text for column, text in row.items() if column.lower().startswith("pfo")), "")
        if row["Idx"].isdecimal() and row["Action"] and level:
            found[int(row["Idx"]), row["Action"][0].lower()] = level
    return found
