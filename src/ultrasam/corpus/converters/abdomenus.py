"""AbdomenUS: real (RUS) and simulated (AUS) images, each ``{images,annotations}/{train,test}/x``, masks in colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import BlendedMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.sample import Sample, SplitName
from ultrasam.corpus.source import Source, SourceFile

_DOMAINS = {"RUS": "real", "AUS": "simulated"}
_INSIDE = re.compile(r".*/(?:images|annotations)/((?:(train|test)/)?.*)", re.IGNORECASE)
_COLOURS = {
    (100, 0, 100): "liver",
    (255, 255, 0): "kidney",
    (0, 0, 255): "pancreas",
    (255, 0, 0): "vessel",
    (0, 255, 255): "adrenal_gland",
    (0, 255, 0): "gallbladder",
    (255, 255, 255): "bone",
    (255, 0, 255): "spleen",
    # Background, beside black; the second one is in real files.
    (10, 10, 10): None,
    (10, 0, 10): None,
}
_LEGEND = Legend.colours(_COLOURS, tolerance=20)


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Images of both domains that have a mask; many have none."""
    for folder, domain in _DOMAINS.items():
        images = source.select(f"{folder}/images/**/*.{{png,jpg,jpeg}}")
        masks = source.select(f"{folder}/annotations/**/*.png")
        for image, mask in pairs(images, masks, notes, key=_place):
            found = _INSIDE.fullmatch(image.path)
            split = found[2].lower() if found and found[2] else None
            yield Sample(
                name=f"{domain}/{_place(image)}",
                pixels=PictureFile(image),
                masks=(BlendedMask(LabelPicture(mask, palette="colour"), _LEGEND),),
                split=cast("SplitName | None", split),
                labels=(("domain", domain),),
                is_negative_if_empty=False,
            )


def _place(file: SourceFile) -> str:
    """``"train/a2"``: one name may be in both parts."""
    found = _INSIDE.fullmatch(file.path)
    return (found[1] if found else file.name).lower().removesuffix(file.suffix)
