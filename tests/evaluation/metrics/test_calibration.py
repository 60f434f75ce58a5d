import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binned_statistic

from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.calibration import ReliabilityBin, expected_calibration_error, reliability

ious = st.lists(st.tuples(st.floats(-0.2, 1.3), st.floats(0, 1)), min_size=1, max_size=40)


@given(ious, st.integers(1, 12))
def test_bins_are_scipys(pairs, bins):
    predicted, actual = np.array(pairs).T
    clipped = predicted.clip(0, 1)
    edges = [i / bins for i in range(bins + 1)]
    counts, means = (
        binned_statistic(clipped, [clipped, actual], how, bins=edges).statistic for how in ("count", "mean")
    )
    found = reliability(predicted, actual, bins)
    assert [b.count for b in found] == counts[0].tolist()
    assert [b.predicted for b in found] == pytest.approx(np.nan_to_num(means[0]))
    assert [b.actual for b in found] == pytest.approx(np.nan_to_num(means[1]))
    error = np.average(np.nan_to_num(np.abs(means[0] - means[1])), weights=counts[0])
    assert expected_calibration_error(found) == pytest.approx(error)


def test_by_hand():
    found = reliability([0.1, 0.5, 0.7, 1.0, 1.2], [0.3, 0.5, 0.5, 0.8, 0.6], bins=2)
    assert found == [
        ReliabilityBin(0, 0.5, 1, pytest.approx(0.1), pytest.approx(0.3)),
        ReliabilityBin(0.5, 1, 4, pytest.approx(0.8), pytest.approx(0.6)),
    ]
    assert expected_calibration_error(found) == pytest.approx(0.2)


def test_edges_belong_to_the_bin_above_them():
    # 0.29 * 100 is less than 29 in floating point.
    assert [b.low for b in reliability([0.29], [0.5], bins=100) if b.count] == [0.29]
    assert [b.count for b in reliability([0.1, 0.2, 0.3, 1.0], [0, 0, 0, 0])] == [0, 1, 1, 1, 0, 0, 0, 0, 0, 1]


def test_empty_bins_stay_in():
    found = reliability([], [])
    assert found[3] == ReliabilityBin(0.3, 0.4, 0, 0, 0)
    assert len(found) == 10


def test_what_cannot_be_binned_is_told():
    with pytest.raises(InputError, match="one actual for each"):
        reliability([0.5, 0.6], [0.5])
    with pytest.raises(InputError, match="NaN"):
        reliability([0.5, np.nan], [0.5, 0.5])
    with pytest.raises(InputError, match="at least one bin"):
        reliability([0.5], [0.5], bins=0)
    with pytest.raises(InputError, match="at least one answer"):
        expected_calibration_error(reliability([], []))
