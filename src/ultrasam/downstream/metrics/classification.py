"""Metrics of classes: one class per image, or any number at once.

A class that is absent has no sensitivity and no area under a curve: these are NaN, and a mean over classes is of those
that have the number. Everything is computed for weighted images, so that a bootstrap needs no copies.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ultrasam.downstream.metrics.classified import Classified
from ultrasam.downstream.metrics.confidence import expected_calibration_error
from ultrasam.downstream.metrics.measured import Definitions, Measured, mean_of_classes
from ultrasam.downstream.metrics.ranking import auroc, average_precision
from ultrasam.evaluation.statistics.bootstrap import ratio
from ultrasam.evaluation.statistics.weighted import Weights

_Floats = npt.NDArray[np.float64]

#: Of all classes together, in the order of reports: title and definition.
OVERALL: Definitions = {
    "auroc": ("AUROC", "area under the ROC curve, each class against the rest, mean over classes"),
    "balanced_accuracy": ("balanced accuracy", "mean over classes of the sensitivity"),
    "f1": ("F1 (macro)", "harmonic mean of precision and sensitivity, mean over classes"),
    "accuracy": ("accuracy", "share of the images whose classes are all right"),
    "average_precision": ("average precision", "mean precision over recalls, each class against the rest, mean"),
    "calibration_error": ("ECE", "expected calibration error: mean distance of confidence and accuracy, ten bins"),
}
#: Of each class against the rest.
BY_CLASS: Definitions = {
    "auroc": ("AUROC", "area under the ROC curve of the class against the rest"),
    "sensitivity": ("sensitivity", "share of the class's images that are found at the operating point"),
    "specificity": ("specificity", "share of the other images that are not taken for the class"),
    "precision": ("precision", "share of the images taken for the class that are of it"),
    "f1": ("F1", "harmonic mean of precision and sensitivity"),
    "average_precision": ("average precision", "mean precision over the recalls that thresholds give"),
}


def validation_values(probabilities: npt.ArrayLike, truths: npt.ArrayLike) -> dict[str, float]:
    """All numbers of :data:`OVERALL`, without intervals; NaN where not defined.

    Args:
        probabilities: ``(N, K)``, 0 to 1.
        truths: ``(N,)`` number of each image's class, or ``(N, K)`` bool where an image may have several.

    Raises:
        InputError: as :meth:`Classified.of`.

    Example:
        >>> values = validation_values([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], [0, 1, 1])
        >>> round(values["auroc"], 3), round(values["balanced_accuracy"], 3), round(values["accuracy"], 3)
        (1.0, 0.75, 0.667)
    """
    return measured(Classified.of(probabilities, truths)).values()


def measured(classified: Classified) -> Measured:
    """The images, ready for intervals."""
    return Measured(
        OVERALL,
        BY_CLASS,
        lambda weights: class_values(classified, weights),
        lambda values, weights: overall_values(classified, values, weights),
        classified.truths,
    )


def overall_values(classified: Classified, by_class: _Floats, weights: Weights) -> _Floats:
    """``(b, L)`` the numbers of :data:`OVERALL` out of those of the classes, for ``(b, N)`` weights."""
    values = by_class
    if classified.several:
        # Each class is a question of two answers.
        values = values.copy()
        places = list(BY_CLASS)
        sensitivity, specificity = places.index("sensitivity"), places.index("specificity")
        values[:, sensitivity] = (values[:, sensitivity] + values[:, specificity]) / 2
    means = dict(zip(BY_CLASS, mean_of_classes(values).T, strict=True))
    right = np.equal(classified.decided, classified.truths).all(axis=1)
    found = {
        "auroc": means["auroc"],
        "balanced_accuracy": means["sensitivity"],
        "f1": means["f1"],
        "accuracy": weights @ right / weights.sum(axis=1),
        "average_precision": means["average_precision"],
        "calibration_error": expected_calibration_error(*classified.confidences, weights),
    }
    return np.stack([found[name] for name in OVERALL], axis=1)


def class_values(classified: Classified, weights: Weights) -> _Floats:
    """``(b, M, K)`` the numbers of :data:`BY_CLASS` for ``(b, N)`` weights."""
    truths, decided, scores = classified.truths, classified.decided, classified.scores
    right, true, called = (weights @ marked.astype(np.float64) for marked in (truths & decided, truths, decided))
    rest = weights.sum(axis=1, keepdims=True) - true
    columns = list(zip(scores.T, truths.T, strict=True))
    found = {
        "auroc": np.stack([auroc(score, truth, weights) for score, truth in columns], axis=1),
        "sensitivity": ratio(right, true),
        "specificity": ratio(rest - (called - right), rest),
        "precision": ratio(right, called),
        "f1": ratio(2 * right, true + called),
        "average_precision": np.stack([average_precision(score, truth, weights) for score, truth in columns], axis=1),
    }
    return np.stack([found[name] for name in BY_CLASS], axis=1)
