"""DDTI: ``1.xml`` with the outlines of all images of a case, ``1_1.jpg``, ``1_2.jpg`` and so on.

Where the XML files are not there: the processed part of the TN3K archive, ``p_image/1.PNG`` with ``p_mask/1.PNG``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import (
    LabelMask,
    LabelPicture,
    Legend,
    Outline,
    PictureFile,
    PolygonMask,
    by_key,
    pairs,
    stem,
)
from ultrasam.corpus.reading.svg_points import svg_rings, xml_root
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source, SourceFile

_NODULE = "thyroid_nodule"
_LABELS = {
    "TI-RADS": "tirads",
    "composition": "composition",
    "echogenicity": "echogenicity",
    "margins": "margins",
    "calcifications": "calcifications",
    "sex": "sex",
    "age": "age",
}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The original release; where it is not there, the processed part."""
    notes.ignore(*source.select("{tn3k,tg3k}/**/*"), *source.select("{1_or_data,2_preprocessed_data}/**/*"))
    cases = source.select("*.xml")
    if not cases:
        yield from _processed(source, notes)
    images = {(file.folder, stem(file)): file for file in source.select("*_*.{jpg,jpeg}")}
    usable = set()
    for name, case in by_key(cases, stem, notes).items():
        try:
            root = xml_root(case)
        except Unreadable as error:
            notes.skip(case, str(error))
            continue
        notes.ignore(case)
        usable.add((case.folder, name))
        yield from _of_case(case, root, images, notes)
    folders = {case.folder for case in cases}
    for image in (image for image in images.values() if image.folder in folders):
        if (image.folder, stem(image).rpartition("_")[0]) in usable:
            notes.skip(image, "Expected an outline of this image in the XML file of its case, but there is none.")
        else:
            notes.skip(image, "Expected one XML file of its case, but it is missing, damaged, or there are several.")


def _of_case(
    case: SourceFile, root: Element, images: dict[tuple[str, str], SourceFile], notes: Notes
) -> Iterator[Sample]:
    """The images of a case, which are taken out of ``images``."""
    outlines: defaultdict[str, list[str]] = defaultdict(list)
    for mark in root.iter("mark"):
        outlines[_text(mark, "image")].append(_text(mark, "svg"))
    labels = tuple((name, _text(root, tag)) for name, tag in _LABELS.items() if _text(root, tag))
    for number, texts in outlines.items():
        image = images.pop((case.folder, f"{case.stem}_{number}".lower()), None)
        if image is None:
            notes.skip(case, "Expected an image for each outline of this case, but one is missing.")
            continue
        try:
            rings = tuple(dict.fromkeys(ring for text in texts for ring in svg_rings(text)))
        except Unreadable as error:
            notes.skip(image, str(error))
            continue
        if not rings:
            notes.skip(image, "Nobody outlined a nodule in this image.")
            continue
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(PolygonMask(case, tuple(Outline(_NODULE, (ring,)) for ring in rings)),),
            patient=case.stem,
            labels=labels,
            is_negative_if_empty=False,
        )


def _processed(source: Source, notes: Notes) -> Iterator[Sample]:
    """Cut, scaled, and numbered anew, so that the case is not known."""
    folder = "2_preprocessed_data/stage1"
    images, masks = source.select(f"{folder}/p_image/*.png"), source.select(f"{folder}/p_mask/*.png")
    if images:
        notes.warn(
            "This is the processed part, without cases, TI-RADS and the original pixels; its layout is unconfirmed."
        )
    for image, mask in pairs(images, masks, notes):
        yield Sample(
            name=f"processed/{image.stem}",
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), Legend.binary(_NODULE)),),
            is_negative_if_empty=False,
        )


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()
