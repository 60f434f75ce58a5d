"""Records to a COCO document and the facts beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ultrasam import __version__
from ultrasam.corpus.cards.card import Card
from ultrasam.corpus.preparing.options import Options
from ultrasam.corpus.preparing.record import Record


def coco_document(card: Card, records: Sequence[Record], options: Options) -> dict[str, Any]:
    """The COCO document of a data set; ids follow the order of the records, from 1.

    Args:
        card: of the data set.
        records: those that have an image.
        options: of the conversion.
    """
    licences = {card.licence: 1}
    category_ids = {entry.name: number for number, entry in enumerate(card.classes, 1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, record in enumerate(records, 1):
        entry = dict(record.image or {})
        licence = licences.setdefault(entry.pop("licence", card.licence), len(licences) + 1)
        images.append({"id": image_id, **entry, "license": licence})
        for number, found in enumerate(record.objects, len(annotations) + 1):
            annotations.append(
                {
                    "id": number,
                    "image_id": image_id,
                    "category_id": category_ids[found["category"]],
                    "iscrowd": 0,
                    "area": found["area"],
                    "bbox": found["bbox"],
                    "segmentation": found["segmentation"],
                }
            )
    info = {
        "description": card.title,
        "url": card.links[0] if card.links else "",
        "licence": card.licence,
        "generator": f"ultrasam {__version__}",
        "options": options.recorded,
    }
    categories = [
        {"id": category_ids[entry.name], "name": entry.name, "supercategory": entry.organ, "structure": entry.structure}
        for entry in card.classes
    ]
    return {
        "info": info,
        "licenses": [{"id": number, "name": name, "url": ""} for name, number in licences.items()],
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def facts(card: Card, document: dict[str, Any]) -> dict[str, Any]:
    """``dataset.json``: what is known about the set without reading all of it."""
    return {
        "name": card.name,
        "title": card.title,
        "anatomy": card.anatomy,
        "application": card.application,
        "licence": card.licence,
        "access": card.access,
        "citation": card.citation,
        "doi": card.doi,
        "links": list(card.links),
        "images": len(document["images"]),
        "instances": len(document["annotations"]),
        "categories": [entry["name"] for entry in document["categories"]],
        "generator": document["info"]["generator"],
        "options": document["info"]["options"],
        "layout_confirmed": card.is_layout_confirmed,
    }
