"""CardiacUDC: ``Site_G_20/patient-1-4_image.nii.gz`` with ``…_label.nii.gz``, objects or their outlines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import Legend, SharedOutlines, pairs_by_ending, stem, volume_samples
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source, SourceFile

_LEGEND = Legend.index(
    {
        1: "left_ventricle",
        2: "left_atrium",
        3: "right_atrium",
        4: "right_ventricle",
        # The epicardium: the wall is what lies between it and the ventricle.
        5: "left_ventricle_myocardium",
        6: "left_ventricle_2",
    }
)
_RINGS = (("left_ventricle_myocardium", ("left_ventricle", "left_ventricle_2")),)
_PATIENT = re.compile(r"(normal|patient)-?\d+", re.IGNORECASE)


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Annotated frames of all sites; numbers of patients are those of a site."""
    files = source.select("*_{image,label}.{nii,nii.gz}")
    for image, label in pairs_by_ending(files, notes, "_label", "_image", key=_place):
        site, video = image.parts[-2] if image.folder else "", image.stem[: -len("_image")]
        person = _PATIENT.match(video)
        group = (("group", person[1].lower()),) if person else ()
        try:
            yield from volume_samples(
                f"{site}/{video}",
                image,
                label,
                _LEGEND,
                turn="half",
                reader=partial(SharedOutlines, rings=_RINGS),
                patient=f"{site}/{person[0] if person else video}",
                labels=(("site", site), *group),
            )
        except Unreadable as error:
            notes.skip(image, str(error))
            notes.ignore(label)


def _place(file: SourceFile) -> str:
    return f"{file.folder.rpartition('/')[2]}/{stem(file)}".lower()
