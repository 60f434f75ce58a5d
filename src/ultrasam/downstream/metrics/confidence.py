"""Whether a network is as often right as it is sure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ultrasam.evaluation.statistics.bootstrap import ratio
from ultrasam.evaluation.statistics.weighted import Weights

_BINS = 10


def expected_calibration_error(
    confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], weights: Weights
) -> npt.NDArray[np.float64]:
    """Mean distance between confidence and accuracy over ten bins of equal width, weighted by their decisions.

    Source: Guo et al. 2017, On calibration of modern neural networks.

    Args:
        confidence: ``(N, J)`` of J decisions for each of N images, 0 to 1.
        right: ``(N, J)`` whether each is.
        weights: ``(b, N)``.

    Returns:
        ``(b,)`` 0 to 1; NaN where nothing has a weight.
    """
    places = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    gaps = confidence - right
    of_image = np.zeros((len(confidence), _BINS))
    np.add.at(of_image, (np.arange(len(confidence))[:, None], places), gaps)
    total = weights.sum(axis=1) * confidence.shape[1]
    distances = np.abs(weights @ of_image).sum(axis=1)
    return ratio(distances, total)
