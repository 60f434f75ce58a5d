import numpy as np
import pytest

from tests.downstream.metrics.predictions import classified
from ultrasam.downstream.metrics.classification import OVERALL, measured
from ultrasam.downstream.metrics.classified import Classified
from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap


def test_values_replicates_and_intervals_are_of_one_kind():
    found = measured(Classified.of(*classified(0)))
    bootstrap = PatientBootstrap(np.arange(60) // 4, resamples=300)
    replicates, estimates = found.replicates(bootstrap), found.estimate(bootstrap)
    assert list(replicates) == list(estimates.overall) == list(found.values()) == list(OVERALL)
    for name, drawn in replicates.items():
        estimate = estimates.overall[name]
        assert drawn.shape == (300,)
        assert (estimate.low, estimate.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))
        assert estimate.mean == found.values()[name]


def test_models_on_the_same_resamples_differ_by_less_than_their_intervals():
    """What pairing is good for: a constant small gain is seen through the scatter of the patients."""
    probabilities, truths = classified(1, images=200, classes=2)
    better = 0.95 * probabilities + 0.05 * np.eye(2)[truths]
    bootstrap = PatientBootstrap(np.arange(200), resamples=500)
    one, other = (measured(Classified.of(p, truths)).replicates(bootstrap)["auroc"] for p in (probabilities, better))
    assert (other - one).std() < 0.5 * one.std()
