from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.significance import Wilcoxon, holm, paired_wilcoxon

#: Darwin's crossed against self-fertilised maize, in eighths of an inch (The effects of cross and self fertilisation
#: in the vegetable kingdom, 1876), with the exact p-value that textbooks give for it: 0.041.
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


def test_a_textbook_example():
    found = paired_wilcoxon(MAIZE, np.zeros(15))
    assert found == Wilcoxon(pytest.approx(0.041259765625), 24, 15)


@pytest.mark.parametrize("pairs", [1, 2, 4, 5, 8])
def test_few_pairs_are_tested_by_all_their_signs(pairs):
    differences = np.random.default_rng(pairs).standard_normal(pairs) + 0.5
    ranks = stats.rankdata(np.abs(differences))
    balance = [abs(np.dot(ranks, signs)) for signs in product((-1, 1), repeat=pairs)]
    expected = np.mean(np.array(balance) >= abs(np.dot(ranks, np.sign(differences))) - 1e-9)
    assert paired_wilcoxon(differences, np.zeros(pairs)).p_value == pytest.approx(expected)


@pytest.mark.parametrize("pairs", [30, 300])
def test_many_pairs_are_scipys(pairs):
    rng = np.random.default_rng(0)
    first = rng.random(pairs)
    second = first + 0.02 * rng.standard_normal(pairs)
    found = paired_wilcoxon(first, second)
    assert found.p_value == pytest.approx(stats.wilcoxon(first, second).pvalue)
    assert found.median_difference == pytest.approx(np.median(first - second))
    turned = paired_wilcoxon(second, first)
    assert (turned.p_value, turned.median_difference) == pytest.approx((found.p_value, -found.median_difference))


@pytest.mark.parametrize(("values", "pairs"), [([0.3, 0.9], 2), ([], 0), ([np.nan], 0)])
def test_equal_pairs_do_not_differ(values, pairs):
    assert paired_wilcoxon(values, values) == Wilcoxon(1, 0, pairs)


def test_what_rounding_leaves_is_no_difference():
    assert paired_wilcoxon([0.1 + 0.2] * 20, [0.3] * 20).p_value == 1
    # Both differ by 0.1, which rounding must not rank.
    first, second = [0.3, 0.8, 0.1, 0.5], [0.2, 0.7, 0.3, 0.2]
    assert paired_wilcoxon(first, second).p_value == paired_wilcoxon([1, 1, -2, 3], [0, 0, 0, 0]).p_value


def test_pairs_without_a_value_are_left_out():
    first, second = np.array([*MAIZE, np.nan, 3]), np.array([*np.zeros(15), 1, np.nan])
    assert paired_wilcoxon(first, second) == paired_wilcoxon(MAIZE, np.zeros(15))


def test_values_must_be_paired():
    with pytest.raises(InputError, match="pairs of values"):
        paired_wilcoxon([1, 2], [1])


def test_holm_by_hand():
    # 4 x 0.005, 3 x 0.01, 2 x 0.03, and 1 x 0.04, which may not be below the one before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


p_values = st.lists(st.floats(0, 1), max_size=12)


@given(p_values, st.floats(0.001, 0.999))
def test_holm_rejects_what_the_stepwise_procedure_rejects(values, level):
    rejected = set()
    for step, place in enumerate(np.argsort(values, kind="stable")):
        if values[place] * (len(values) - step) > level:
            break
        rejected.add(int(place))
    assert {place for place, p in enumerate(holm(values)) if p <= level} == rejected


@given(p_values)
def test_holm_is_between_the_plain_value_and_bonferronis(values):
    adjusted = holm(values)
    assert len(adjusted) == len(values)
    for before, after in zip(values, adjusted, strict=True):
        assert before <= after <= min(1, len(values) * before) or after == before
    order = np.argsort(values, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_a_p_value_is_a_probability(value):
    with pytest.raises(InputError, match="between 0 and 1"):
        holm([0.5, value])
