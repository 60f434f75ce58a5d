"""How many objects were found without a prompt, and how many were found that are none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ultrasam.evaluation.metrics.matching import Matching, panoptic_quality, precision_recall_f1


@dataclass(frozen=True)
class Detection:
    """Predicted sets against annotated sets, pooled over the images of a data set whose annotations all can be used.

    Attributes:
        predictions: predicted objects.
        precision: share of them with an IoU of 0.5 or more with their partner.
        recall: share of the annotated objects that have such a partner.
        f1: harmonic mean of the two.
        panoptic_quality: mean IoU of the pairs above 0.5 times their F1.
    """

    predictions: int
    precision: float
    recall: float
    f1: float
    panoptic_quality: float


def detect(records: Iterable[dict[str, Any]]) -> Detection:
    """Count over the records of a run of predictions."""
    # Where an annotation could not be used, what was found may be that object.
    matchings = [_matching(record) for record in records if not record["incomplete"]]
    scores = precision_recall_f1(matchings)
    predictions = sum(len(matching.pairs) + len(matching.unmatched_predictions) for matching in matchings)
    return Detection(predictions, scores.precision, scores.recall, scores.f1, panoptic_quality(matchings))


def _matching(record: dict[str, Any]) -> Matching:
    """As it was made when the record was written: an object without a partner has an answer without a score."""
    answers = [instance["answers"][0] for instance in record["instances"]]
    pairs = tuple((i, i, answer["iou"]) for i, answer in enumerate(answers) if answer["predicted_iou"] is not None)
    missed = tuple(i for i, answer in enumerate(answers) if answer["predicted_iou"] is None)
    extra = range(len(answers), len(answers) + len(record.get("unmatched", ())))
    return Matching(pairs, tuple(extra), missed)
