"""AUL: ``Benign/image/194.jpg`` with a list of points per structure, ``Benign/segmentation/liver/194.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import Outline, PictureFile, PolygonMask, Ring, by_key
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source, SourceFile

_FOLDERS = "{Benign,Malignant,Normal}"
_CLASSES = {"liver": "liver", "mass": "liver_lesion"}
#: Images whose file ``outline``, of the field of view elsewhere, holds the liver.
_LIVER_IS_IN_OUTLINE = ("malignant/229", "malignant/306")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Images of the three folders; one name may be in several of them."""
    points = by_key(source.select(f"{_FOLDERS}/segmentation/{{liver,mass,outline}}/*.json"), _structure, notes)
    images = by_key(source.select(f"{_FOLDERS}/image/*.{{jpg,jpeg,png}}"), _image, notes)
    for name, image in images.items():
        own = {structure: points.pop(f"{name}/{structure}", None) for structure in ("liver", "mass", "outline")}
        if own["outline"] and own["liver"] is None and name in _LIVER_IS_IN_OUTLINE:
            notes.warn(f"The liver of {image.path} is taken from {own['outline'].path}, where it is by mistake.")
            own["liver"], own["outline"] = own["outline"], None
        if own["outline"]:
            notes.ignore(own["outline"])
        if own["liver"] is None:
            notes.warn(f"The liver of {image.path} is not outlined.")
        try:
            masks = tuple(
                PolygonMask(file, (Outline(category, (_ring(file),)),))
                for structure, category in _CLASSES.items()
                if (file := own[structure])
            )
        except Unreadable as error:
            for file in (image, *filter(None, own.values())):
                notes.skip(file, str(error))
            continue
        if not masks:
            notes.skip(image, "Expected the outline of a liver or a mass for this image, but there is none.")
            continue
        diagnosis = name.partition("/")[0]
        yield Sample(
            name=name,
            pixels=PictureFile(image),
            masks=masks,
            patient=name,
            labels=(("diagnosis", diagnosis),),
            # A normal liver is outlined too.
            is_negative_if_empty=False,
        )
    for file in points.values():
        notes.skip(file, "Expected an image for this outline, but there is none.")


def _image(file: SourceFile) -> str:
    return f"{file.parts[-3]}/{file.stem}".lower()


def _structure(file: SourceFile) -> str:
    return f"{file.parts[-4]}/{file.stem}/{file.parts[-2]}".lower()


def _ring(file: SourceFile) -> Ring:
    try:
        ring = tuple((float(x), float(y)) for x, y in json.loads(file.read()))
        if not all(math.isfinite(number) for point in ring for number in point):
            raise ValueError("not all are finite")
    except (ValueError, TypeError) as error:
        raise Unreadable(
            f"Expected a list of points (x, y) in {file.path}, but got something else: {error}."
        ) from error
    return ring
