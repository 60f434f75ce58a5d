"""Against SciPy's bootstrap, the textbook's standard errors, and resamples that are counted by hand."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.bootstrap import (
    Estimate,
    PatientBootstrap,
    Replicates,
    macro_estimate,
    mean_by,
    pooled_estimate,
)

RNG = np.random.default_rng(0)
#: Half of a 95 % interval of a normal distribution, in standard deviations.
HALF = 1.96


def values_of(patients, between, within=0.02):
    """One value per entry: patients differ by ``between``, objects of a patient by ``within``."""
    rng = np.random.default_rng(1)
    _, place = np.unique(patients, return_inverse=True)
    return 0.8 + between * rng.standard_normal(place.max() + 1)[place] + within * rng.standard_normal(len(place))


def half_width(estimate):
    return (estimate.high - estimate.low) / 2


def test_one_object_per_patient_is_scipys_bootstrap():
    values = RNG.beta(8, 2, 120)
    found = PatientBootstrap(np.arange(120), resamples=20_000).estimate(values)
    reference = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(5)
    ).confidence_interval
    assert found.mean == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(tuple(reference), abs=0.03 * (reference.high - reference.low))
    assert found.count == 120


def test_equal_clusters_have_the_standard_error_of_their_means():
    patients = np.repeat(np.arange(80), 5)
    values = values_of(patients, between=0.1)
    means = values.reshape(80, 5).mean(axis=1)
    found = PatientBootstrap(patients, resamples=20_000).estimate(values)
    assert half_width(found) == pytest.approx(HALF * means.std() / math.sqrt(80), rel=0.03)


def test_objects_of_a_patient_are_no_news():
    once = PatientBootstrap(np.arange(50)).estimate(values := values_of(np.arange(50), 0.1))
    often = PatientBootstrap(np.repeat(np.arange(50), 7)).estimate(np.repeat(values, 7))
    assert (often.mean, often.low, often.high) == pytest.approx((once.mean, once.low, once.high))
    as_if_independent = PatientBootstrap(np.arange(350)).estimate(np.repeat(values, 7))
    assert half_width(as_if_independent) < half_width(often) / 2


@given(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=30), st.integers(0, 99))
def test_replicates_are_sums_over_the_drawn_patients(patients, seed):
    bootstrap = PatientBootstrap(patients, resamples=7, seed=seed)
    names = sorted(set(patients))
    # How often a patient was drawn shows in a value that only the first of its objects has.
    drawn = np.stack(
        [bootstrap.replicates([float(i == patients.index(name)) for i in range(len(patients))]).sums for name in names]
    )
    assert (drawn.sum(axis=0) == len(names)).all()
    values = np.random.default_rng(seed).standard_normal(len(patients))
    found = bootstrap.replicates(values)
    sums = [values[np.array(patients) == name].sum() for name in names]
    counts = [patients.count(name) for name in names]
    assert found.sums == pytest.approx(np.array(sums) @ drawn)
    assert found.counts == pytest.approx(np.array(counts) @ drawn)
    assert found.mean == pytest.approx(values.mean())
    assert (found.count, found.patients) == (len(patients), len(names))


def test_each_patient_is_drawn_alike_often():
    bootstrap = PatientBootstrap(np.arange(10), resamples=20_000)
    drawn = np.stack([bootstrap.replicates(np.eye(10)[i]).sums for i in range(10)], axis=1)
    assert drawn.mean(axis=0) == pytest.approx(np.ones(10), abs=0.03)
    # Binomial with 10 draws of chance 1/10.
    assert drawn.var(axis=0) == pytest.approx(np.full(10, 0.9), rel=0.05)
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(-1 / 9, abs=0.03)


def test_undefined_values_are_left_out():
    patients = np.repeat(np.arange(40), 3)
    values = values_of(patients, 0.1)
    holes = np.where(RNG.random(120) < 0.4, np.nan, values)
    kept = ~np.isnan(holes)
    found = PatientBootstrap(patients, resamples=5000).estimate(holes)
    alone = PatientBootstrap(patients[kept], resamples=5000).estimate(values[kept])
    assert found.count == kept.sum()
    assert found.mean == pytest.approx(values[kept].mean())
    assert half_width(found) == pytest.approx(half_width(alone), rel=0.15)


def test_a_structure_of_two_patients_among_many_has_an_interval():
    values = np.full(60, np.nan)
    values[[3, 50]] = 0.6, 0.9
    found = PatientBootstrap(np.arange(60)).estimate(values)
    assert found == Estimate(pytest.approx(0.75), pytest.approx(0.6), pytest.approx(0.9), 2)


@pytest.mark.parametrize("values", [[0.5, 0.7, np.nan], [0.5, np.nan, np.nan]])
def test_one_patient_alone_has_no_interval(values):
    found = PatientBootstrap(["a", "a", "b"]).estimate(values)
    assert found.mean == pytest.approx(np.nanmean(values))
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_without_values_there_is_no_mean():
    found = PatientBootstrap(["a", "b"]).estimate([np.nan, np.nan])
    assert found.count == 0
    assert np.isnan([found.mean, found.low, found.high]).all()


def test_the_seed_decides():
    values = values_of(np.arange(30), 0.1)
    one, again, other = (PatientBootstrap(np.arange(30), seed=seed).estimate(values) for seed in (3, 3, 4))
    assert one == again
    assert one.low != other.low


def test_memory_stays_bounded():
    tracemalloc.start()
    try:
        PatientBootstrap(np.arange(20_000), resamples=600).estimate(np.ones(20_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # As 64-bit numbers the weights alone are 96 MB.
    assert peak < 80e6


def test_chunks_change_nothing(monkeypatch):
    values = values_of(np.arange(50), 0.1)
    whole = PatientBootstrap(np.arange(50), resamples=100).replicates(values)
    monkeypatch.setattr("ultrasam.evaluation.statistics.bootstrap._DRAWS_AT_ONCE", 500)
    assert PatientBootstrap(np.arange(50), resamples=100).replicates(values).sums == pytest.approx(whole.sums)


def sets(*sizes, resamples=20_000):
    """Replicates of data sets that are all drawn with one seed, and their values."""
    found = []
    for number, size in enumerate(sizes):
        values = 0.1 * number + values_of(np.arange(size), 0.1)
        found.append((PatientBootstrap(np.arange(size), resamples=resamples).replicates(values), values))
    return zip(*found, strict=True)


def test_mean_of_the_sets():
    strata, values = sets(40, 150, 60)
    found = macro_estimate(strata)
    assert found.mean == pytest.approx(np.mean([v.mean() for v in values]))
    assert found.count == 250
    error = math.sqrt(sum(v.var() / len(v) for v in values)) / 3
    assert half_width(found) == pytest.approx(HALF * error, rel=0.05)


def test_mean_over_all_objects():
    strata, values = sets(40, 150, 60)
    found = pooled_estimate(strata)
    assert found.mean == pytest.approx(np.concatenate(values).mean())
    # Within the sets only: each keeps its share.
    error = math.sqrt(sum(v.var() * len(v) for v in values)) / 250
    assert half_width(found) == pytest.approx(HALF * error, rel=0.05)


@pytest.mark.parametrize("combine", [macro_estimate, pooled_estimate])
def test_sets_of_one_size_and_seed_are_still_independent(combine):
    strata, _ = sets(50, 50)
    alone = strata[0].estimate()
    assert half_width(combine(strata)) == pytest.approx(half_width(alone) / math.sqrt(2), rel=0.05)


@pytest.mark.parametrize("combine", [macro_estimate, pooled_estimate])
def test_one_set_alone_is_itself(combine):
    (stratum,), _ = sets(50, resamples=500)
    assert combine([stratum]) == stratum.estimate()


@pytest.mark.parametrize("combine", [macro_estimate, pooled_estimate])
def test_sets_without_values_and_of_one_patient(combine):
    (stratum,), _ = sets(50, resamples=500)
    empty = PatientBootstrap([1, 2], resamples=500).replicates([np.nan, np.nan])
    assert combine([stratum, empty]) == stratum.estimate()
    nothing = combine([empty])
    assert nothing.count == 0
    assert math.isnan(nothing.mean)
    single = PatientBootstrap([1], resamples=500).replicates([0.2])
    found = combine([stratum, single])
    assert found.count == 51
    assert math.isfinite(found.mean)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


@pytest.mark.parametrize("combine", [macro_estimate, pooled_estimate])
def test_sets_that_cannot_be_combined_are_told(combine):
    strata = [Replicates(np.ones(n), np.ones(n), 1.0, 1, 1) for n in (5, 6)]
    for wrong in ([], strata):
        with pytest.raises(InputError, match="equally often"):
            combine(wrong)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 1) | st.just(np.nan)), max_size=20))
def test_mean_of_the_groups_means(pairs):
    groups, values = [name for name, _ in pairs], [value for _, value in pairs]
    by_group = [[v for n, v in pairs if n == name and not math.isnan(v)] for name in sorted(set(groups))]
    means = [np.mean(group) for group in by_group if group]
    assert mean_by(values, groups) == pytest.approx(np.mean(means) if means else math.nan, nan_ok=True)


def test_what_cannot_be_resampled_is_told():
    with pytest.raises(InputError, match="at least one value"):
        PatientBootstrap([])
    with pytest.raises(InputError, match="at least one resample"):
        PatientBootstrap(["a"], resamples=0)
    with pytest.raises(InputError, match="Expected 2 values"):
        PatientBootstrap(["a", "b"]).estimate([1.0])
    with pytest.raises(InputError, match="infinity"):
        PatientBootstrap(["a", "b"]).estimate([1.0, np.inf])
    with pytest.raises(InputError, match="one group for each value"):
        mean_by([1.0, 2.0], ["a"])
