"""Against the bootstrap of means, which needs no weights of single values."""

import math
from dataclasses import astuple

import numpy as np
import pytest

from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap
from ultrasam.evaluation.statistics.weighted import plainly, weighted_estimates

VALUES = np.random.default_rng(0).random((60, 2))
PATIENTS = np.arange(60) // 4


def means(weights):
    return weights @ VALUES / weights.sum(axis=1, keepdims=True)


def test_weighted_means_have_the_intervals_of_means():
    bootstrap = PatientBootstrap(PATIENTS, resamples=700)
    found = weighted_estimates(bootstrap, means, np.ones((60, 2), bool))
    for place in range(2):
        assert astuple(found[place]) == pytest.approx(astuple(bootstrap.estimate(VALUES[:, place])))
    assert plainly(means, 60) == pytest.approx(VALUES.mean(axis=0))


def test_weights_come_in_pieces_that_are_all_resamples():
    bootstrap = PatientBootstrap(np.arange(60_000) // 40, resamples=100)
    pieces = [(len(rows), rows.sum(axis=1)) for rows in bootstrap.weights()]
    assert len(pieces) > 1
    assert sum(count for count, _ in pieces) == 100
    assert all((total == 60_000).all() for _, total in pieces)


def test_a_number_that_stands_on_one_patient_has_no_interval():
    concerned = np.ones((60, 2), bool)
    concerned[4:, 1] = False
    first, second = weighted_estimates(PatientBootstrap(PATIENTS, resamples=50), means, concerned)
    assert not math.isnan(first.low)
    assert math.isnan(second.low)
    assert (first.count, second.count) == (60, 4)


def test_another_number_of_numbers_is_told():
    with pytest.raises(InputError, match="Expected 3 numbers"):
        weighted_estimates(PatientBootstrap(PATIENTS, resamples=5), means, np.ones((60, 3), bool))
