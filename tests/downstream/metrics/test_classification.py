"""Against scikit-learn, image by image and in resamples."""

import math

import numpy as np
import pytest
from sklearn import metrics

from tests.downstream.metrics.predictions import classified
from ultrasam.downstream.metrics.classification import (
    BY_CLASS,
    OVERALL,
    class_values,
    measured,
    overall_values,
    validation_values,
)
from ultrasam.downstream.metrics.classified import Classified
from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap


def of_scikit_learn(probabilities, truths):
    """One class per image."""
    called = probabilities.argmax(axis=1)
    hot = np.eye(probabilities.shape[1], dtype=bool)[truths]
    return {
        "auroc": metrics.roc_auc_score(hot, probabilities, average="macro"),
        "balanced_accuracy": metrics.balanced_accuracy_score(truths, called),
        "f1": metrics.f1_score(truths, called, average="macro"),
        "accuracy": metrics.accuracy_score(truths, called),
        "average_precision": metrics.average_precision_score(hot, probabilities, average="macro"),
    }


@pytest.mark.parametrize("classes", [2, 3, 8])
@pytest.mark.parametrize("rounded", [False, True])
def test_numbers_of_one_class_per_image_are_those_of_scikit_learn(classes, rounded):
    for seed in range(3):
        probabilities, truths = classified(seed, classes=classes, rounded=rounded)
        found = validation_values(probabilities, truths)
        expected = of_scikit_learn(probabilities, truths)
        if rounded and classes == 2:  # two rounded probabilities need not sum to 1, and the odds are not the share
            del expected["auroc"], expected["average_precision"]
        assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_numbers_of_several_classes_per_image_are_those_of_scikit_learn():
    probabilities, truths = classified(1, several=True)
    called = probabilities >= 0.5
    expected = {
        "auroc": metrics.roc_auc_score(truths, probabilities, average="macro"),
        "balanced_accuracy": np.mean(
            [metrics.balanced_accuracy_score(*pair) for pair in zip(truths.T, called.T, strict=True)]
        ),
        "f1": metrics.f1_score(truths, called, average="macro"),
        "accuracy": metrics.accuracy_score(truths, called),
        "average_precision": metrics.average_precision_score(truths, probabilities, average="macro"),
    }
    found = validation_values(probabilities, truths)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("several", [False, True])
def test_numbers_of_each_class_are_those_of_scikit_learn(several):
    probabilities, truths = classified(2, several=several)
    case = Classified.of(probabilities, truths)
    found = dict(zip(BY_CLASS, class_values(case, np.ones((1, len(truths))))[0], strict=True))
    for place, (truth, called) in enumerate(zip(case.truths.T, case.decided.T, strict=True)):
        assert found["sensitivity"][place] == pytest.approx(metrics.recall_score(truth, called))
        assert found["specificity"][place] == pytest.approx(metrics.recall_score(truth, called, pos_label=0))
        assert found["precision"][place] == pytest.approx(metrics.precision_score(truth, called))
        assert found["f1"][place] == pytest.approx(metrics.f1_score(truth, called))
        assert found["auroc"][place] == pytest.approx(metrics.roc_auc_score(truth, probabilities[:, place]))


@pytest.mark.parametrize("several", [False, True])
def test_a_weight_is_a_repetition(several):
    probabilities, truths = classified(3, several=several)
    times = np.random.default_rng(0).integers(0, 4, len(truths))
    times[:4] = 1
    repeated = validation_values(np.repeat(probabilities, times, axis=0), np.repeat(truths, times, axis=0))
    case, weights = Classified.of(probabilities, truths), times[None].astype(float)
    weighted = overall_values(case, class_values(case, weights), weights)[0]
    assert dict(zip(OVERALL, weighted, strict=True)) == pytest.approx(repeated)


def test_confusion_is_that_of_scikit_learn():
    probabilities, truths = classified(4)
    expected = metrics.confusion_matrix(truths, probabilities.argmax(axis=1))
    assert Classified.of(probabilities, truths).confusion.tolist() == expected.tolist()


def test_saturated_probabilities_of_two_classes_still_rank():
    small = np.array([1e-12, 1e-10, 1e-11, 1e-9])
    probabilities = np.stack([1 - small, small], axis=1).astype(np.float32)
    assert len(set(probabilities[:, 0])) == 1
    assert validation_values(probabilities, [0, 1, 0, 1])["auroc"] == 1


def test_intervals_are_those_of_resampled_patients():
    """scikit-learn in a loop over copies of the images, as the bootstrap is usually written."""
    probabilities, truths = classified(5, classes=3, images=90)
    patients = np.arange(90) // 3
    bootstrap = PatientBootstrap(patients, resamples=200, seed=3)
    found = measured(Classified.of(probabilities, truths)).estimate(bootstrap)
    drawn = [
        of_scikit_learn(np.repeat(probabilities, times, axis=0), np.repeat(truths, times))
        for weights in bootstrap.weights()
        for times in weights.astype(int)
    ]
    for name in ("auroc", "balanced_accuracy", "f1", "accuracy", "average_precision"):
        low, high = np.percentile([values[name] for values in drawn], [2.5, 97.5])
        assert (found.overall[name].low, found.overall[name].high) == pytest.approx((low, high))
        assert found.overall[name].count == 90
    assert [e.count for e in found.by_class["sensitivity"]] == np.bincount(truths).tolist()


def test_an_absent_class_has_no_number_and_the_mean_is_of_the_others():
    probabilities, truths = classified(6, classes=3)
    some = truths != 2
    case = Classified.of(probabilities[some], truths[some])
    values = dict(zip(BY_CLASS, class_values(case, np.ones((1, int(some.sum()))))[0], strict=True))
    for name in ("auroc", "sensitivity", "average_precision"):
        assert math.isnan(values[name][2])
        assert not np.isnan(values[name][:2]).any()
    found = validation_values(probabilities[some], truths[some])
    assert found["balanced_accuracy"] == pytest.approx(values["sensitivity"][:2].mean())
    assert found["auroc"] == pytest.approx(values["auroc"][:2].mean())


def test_one_image_does_not_crash_and_says_that_nothing_is_known():
    found = measured(Classified.of([[0.7, 0.3]], [0])).estimate(PatientBootstrap(["a"], resamples=20))
    assert found.overall["accuracy"].mean == 1
    assert math.isnan(found.overall["accuracy"].low)
    assert math.isnan(found.overall["auroc"].mean)


def test_a_class_of_one_patient_has_no_interval():
    probabilities, truths = classified(7, classes=2, images=30)
    truths[:] = 0
    truths[:4] = 1
    patients = np.arange(30) // 5
    found = measured(Classified.of(probabilities, truths)).estimate(PatientBootstrap(patients, resamples=100))
    assert math.isnan(found.by_class["sensitivity"][1].low)
    assert found.by_class["sensitivity"][1].count == 4
    assert not math.isnan(found.by_class["sensitivity"][0].low)


def test_numbers_need_no_warning(recwarn):
    measured(Classified.of([[0.7, 0.3], [1.0, 0.0], [0.0, 1.0]], [0, 0, 0])).estimate(
        PatientBootstrap([1, 2, 3], resamples=10)
    )
    assert not recwarn.list
