"""Against scikit-learn's F1 and Jaccard scores over pixels."""

import math
from dataclasses import astuple

import numpy as np
import pytest
import torch
from sklearn import metrics

from ultrasam.downstream.metrics.semantic import (
    BY_CLASS,
    class_values,
    image_dice,
    measured,
    overlap_counts,
    validation_values,
)
from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap


def maps(seed, *, images=6, classes=3):
    generator = torch.Generator().manual_seed(seed)
    truth = torch.randint(0, classes + 1, (images, 9, 11), generator=generator)
    other = torch.randint(0, classes + 1, truth.shape, generator=generator)
    return torch.where(torch.rand(truth.shape, generator=generator) < 0.6, truth, other), truth


def test_counts_and_numbers_are_those_of_scikit_learn():
    predicted, truth = maps(0)
    counts = overlap_counts(predicted, truth, classes=3).numpy()
    for image in range(6):
        pixels = truth[image].ravel(), predicted[image].ravel()
        expected = metrics.f1_score(*pixels, labels=[1, 2, 3], average=None)
        assert image_dice(counts)[image] == pytest.approx(expected)
    expected = metrics.jaccard_score(truth.ravel(), predicted.ravel(), labels=[1, 2, 3], average=None)
    values = dict(zip(BY_CLASS, class_values(counts.astype(float), np.ones((1, 6)))[0], strict=True))
    assert values["iou"] == pytest.approx(expected)
    assert validation_values(counts) == pytest.approx({"dice": image_dice(counts).mean(), "miou": expected.mean()})


def test_unknown_pixels_count_for_nothing():
    predicted, truth = maps(1)
    unknown = torch.rand(truth.shape, generator=torch.Generator().manual_seed(9)) < 0.3
    expected = overlap_counts(predicted.masked_fill(unknown, 0), truth.masked_fill(unknown, 0), classes=3)
    assert overlap_counts(predicted, truth.masked_fill(unknown, 255), classes=3).equal(expected)
    assert overlap_counts(predicted, truth.masked_fill(unknown, -1), classes=3, ignore=-1).equal(expected)


def test_a_class_that_is_nowhere_in_an_image_is_left_out_of_its_mean():
    counts = np.array([[[5, 10, 10], [0, 0, 0]], [[0, 0, 4], [3, 3, 3]], [[0, 7, 0], [0, 0, 0]]])
    assert np.array_equal(image_dice(counts), [[0.5, np.nan], [0, 1], [0, np.nan]], equal_nan=True)
    assert validation_values(counts) == pytest.approx({"dice": (0.5 / 3 + 1) / 2, "miou": (5 / 26 + 1) / 2})


def test_no_class_anywhere_has_no_number():
    assert all(math.isnan(value) for value in validation_values(np.zeros((2, 3, 3))).values())


def test_intervals_are_those_of_the_bootstrap_of_means():
    predicted, truth = maps(2, images=40)
    counts = overlap_counts(predicted, truth, classes=3).numpy()
    bootstrap = PatientBootstrap(np.arange(40) // 2, resamples=500)
    found = measured(counts).estimate(bootstrap)
    for place in range(3):
        expected = bootstrap.estimate(image_dice(counts)[:, place])
        assert astuple(found.by_class["dice"][place]) == pytest.approx(astuple(expected))
    assert found.overall["dice"].low < found.overall["dice"].mean < found.overall["dice"].high


def test_another_shape_is_told():
    with pytest.raises(InputError, match=r"\(N, K, 3\)"):
        validation_values(np.zeros((2, 3)))
