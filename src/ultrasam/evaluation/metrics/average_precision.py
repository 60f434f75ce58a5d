"""COCO's average precision of masks, by which detectors are compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ultrasam.errors import InputError
from ultrasam.extras import require

#: Places in COCO's list of twelve numbers. By name, faster-coco-eval's "AR_all" is the recall of one detection.
_PLACES = {"AP": 0, "AP50": 1, "AP75": 2, "AR": 8}


def average_precision(
    images: Sequence[dict[str, Any]], truths: Sequence[dict[str, Any]], predictions: Sequence[dict[str, Any]]
) -> dict[str, float]:
    """AP and AR of ranked masks, category by category, at most 100 per image and category.

    Source: Lin et al. 2014, Microsoft COCO: Common objects in context; computed by faster-coco-eval.

    Args:
        images: COCO's images: ``id`` (int), ``height``, ``width``.
        truths: COCO's annotations: ``image_id``, ``category_id``, ``area``, ``segmentation``
            (compressed RLE) and, if it is 1, ``iscrowd``.
        predictions: COCO's results: ``image_id``, ``category_id``, ``score``, ``segmentation``.

    Returns:
        ``AP`` and ``AR`` (mean over IoU 0.50 to 0.95), ``AP50``, ``AP75``, each 0 to 1: 0 without predictions, NaN
        where there is nothing to be found.

    Raises:
        InputError: a truth or a prediction is of an image that is not among the images.
    """
    known = {image["id"] for image in images}
    strangers = {entry["image_id"] for entry in (*truths, *predictions)} - known
    if strangers:
        raise InputError(f"Expected masks of the {len(known)} images given, but got some of {sorted(strangers)[:5]}.")
    if all(truth.get("iscrowd") for truth in truths):
        return dict.fromkeys(_PLACES, math.nan)
    if not predictions:
        return dict.fromkeys(_PLACES, 0.0)
    library = require("faster_coco_eval", needed_for="AP and AR")
    categories = {entry["category_id"] for entry in (*truths, *predictions)}
    # The library writes into what it is given, and takes an annotation of id 0 for none.
    document = {
        "images": [dict(image) for image in images],
        "annotations": [{"iscrowd": 0, **truth, "id": number} for number, truth in enumerate(truths, 1)],
        "categories": [{"id": category, "name": str(category)} for category in sorted(categories)],
    }
    truth = library.COCO(document, print_function=_say_nothing)
    found = truth.loadRes([dict(prediction) for prediction in predictions])
    evaluation = library.COCOeval_faster(truth, found, "segm", print_function=_say_nothing)
    evaluation.run()
    return {name: float(evaluation.stats[place]) for name, place in _PLACES.items()}


def _say_nothing(*_: object) -> None:
    """In the place of the library's ``print``."""
