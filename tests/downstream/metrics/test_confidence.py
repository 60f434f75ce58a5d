import numpy as np
import pytest

from ultrasam.downstream.metrics.confidence import expected_calibration_error
from ultrasam.evaluation.metrics import calibration


def test_it_is_the_error_of_the_reliability_diagram():
    rng = np.random.default_rng(0)
    confidence = np.append(rng.random(200), [1.0, 0.0])
    right = rng.random(202) < confidence**2
    expected = calibration.expected_calibration_error(calibration.reliability(confidence, right))
    found = expected_calibration_error(confidence[:, None], right[:, None], np.ones((1, 202)))
    assert found == pytest.approx([expected])


def test_weights_and_several_decisions_are_repetitions():
    rng = np.random.default_rng(1)
    confidence, right = rng.random((30, 3)), rng.random((30, 3)) < 0.6
    times = rng.integers(0, 4, 30)
    flat = [np.repeat(table, times, axis=0).reshape(-1, 1) for table in (confidence, right)]
    expected = expected_calibration_error(*flat, np.ones((1, len(flat[0]))))
    assert expected_calibration_error(confidence, right, times[None].astype(float)) == pytest.approx(expected)


def test_nothing_has_no_error():
    assert np.isnan(expected_calibration_error(np.ones((2, 1)), np.ones((2, 1), bool), np.zeros((1, 2))))


def test_full_confidence_is_in_the_last_bin():
    confidence, right = np.array([[0.95], [1.0]]), np.array([[True], [False]])
    found = expected_calibration_error(confidence, right, np.ones((1, 2)))
    np.testing.assert_allclose(found, [(1.0 - 0.05) / 2])
