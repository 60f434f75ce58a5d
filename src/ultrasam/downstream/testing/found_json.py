"""What COCO's metrics need to know of an image, as JSON and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ultrasam.downstream.metrics.instance import IOUS, FoundInImage


def found_to_json(found: FoundInImage) -> dict[str, Any]:
    """Of one class: ``right`` has a text for each IoU threshold, with 1 for each prediction that is right."""
    return {
        "scores": found.scores.tolist(),
        "right": ["".join("01"[int(value)] for value in row) for row in found.right],
        "kept": [bool(value) for value in found.kept],
        "dice": found.dice.tolist(),
    }


def found_from_json(record: dict[str, Any]) -> FoundInImage:
    """The other way."""
    scores = np.array(record["scores"], np.float64)
    right = np.array([[digit == "1" for digit in row] for row in record["right"]], bool)
    return FoundInImage(
        scores,
        right.reshape(len(IOUS), len(scores)),
        np.array(record["kept"], bool),
        np.array(record["dice"], np.float64),
    )
