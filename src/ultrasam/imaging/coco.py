"""Masks as COCO instances JSON, the format that most segmentation tools read."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from ultrasam.files import written_whole
from ultrasam.imaging.rle import mask_to_rle
from ultrasam.imaging.tight_box import tight_box
from ultrasam.types import Mask


def coco_annotation(
    mask: Mask, *, annotation_id: int, image_id: int, category_id: int = 1, score: float | None = None
) -> dict[str, Any]:
    """One object as a COCO annotation.

    Args:
        mask: ``(H, W)`` bool.
        annotation_id: unique in its file, from 1 (0 means "no match" to pycocotools' evaluation).
        image_id: the ``id`` of its image.
        category_id: the ``id`` of its category.
        score: the network's confidence, for results.

    Returns:
        ``segmentation`` (compressed run-length encoding), ``bbox`` (x, y, width, height), ``area`` in pixels,
        the ids, ``iscrowd`` 0, and ``score`` where there is one.

    Raises:
        InputError: the mask is no bool array of two dimensions.
    """
    annotation: dict[str, Any] = {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": category_id,
        "iscrowd": 0,
        "segmentation": mask_to_rle(mask),
        "area": int(mask.sum()),
        "bbox": _bbox(mask),
    }
    if score is not None:
        annotation["score"] = float(score)
    return annotation


def write_coco(
    path: str | os.PathLike[str],
    images: Sequence[dict[str, Any]],
    annotations: Sequence[dict[str, Any]],
    categories: Sequence[dict[str, Any]],
) -> None:
    """Write a COCO instances file.

    Args:
        path: ends in ``.json``.
        images: ``{"id", "file_name", "height", "width"}`` each.
        annotations: see :func:`coco_annotation`.
        categories: ``{"id", "name"}`` each.
    """
    document = {"images": list(images), "annotations": list(annotations), "categories": list(categories)}
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(document, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def _bbox(mask: Mask) -> list[float]:
    x0, y0, x1, y1 = tight_box(mask) or (0, 0, 0, 0)
    return [float(x0), float(y0), float(x1 - x0), float(y1 - y0)]
