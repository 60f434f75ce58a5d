import pytest

from tests.benchmarking.made_outcomes import BROKEN, QUICK, measured, outcomes
from ultrasam.benchmarking.combinations import REFERENCE
from ultrasam.benchmarking.running import Outcome
from ultrasam.benchmarking.summary import Figure, failures, rows


def nobody(combination):
    return False


@pytest.mark.parametrize(
    ("rounds", "expected"),
    [
        ([[1.0, 2.0, 9.0], [4.0]], (3.0, 2.0, 4.0)),
        ([[3.0, 1.0, 2.0]], (2.0, 1.0, 3.0)),
        ([[5.0], [1.0], [3.0]], (3.0, 1.0, 5.0)),
        ([[2.0], []], (2.0, 2.0, 2.0)),
    ],
    ids=["a median of medians", "one round shows its runs", "odd", "a round without a time"],
)
def test_figures_are_medians_over_rounds(rounds, expected):
    found = Figure.of(rounds)
    assert (found.median, found.low, found.high) == expected


def test_the_spread_is_half_the_range_as_a_share_of_the_median():
    assert Figure(4.0, 3.0, 6.0).spread == pytest.approx(0.375)
    assert Figure(0.0, 0.0, 0.0).spread == 0


def test_rows_stand_by_speed_and_are_compared_with_the_reference():
    quick, reference = rows(outcomes(), nobody)
    assert (quick.combination, reference.combination) == (QUICK, REFERENCE)
    assert reference.embed_s == Figure(3.0, 2.0, 4.0)
    assert (reference.times_reference, reference.embed_times_reference) == (1, 1)
    assert quick.times_reference == quick.embed_times_reference == pytest.approx(3.0 / 0.75)
    assert quick.prompts_s[8].median == pytest.approx(0.1 * 8 * 0.75)


def test_first_time_and_later_starts_are_told_apart():
    quick, _ = rows(outcomes(), nobody)
    assert (quick.first_ready_s, quick.ready_s, quick.load_s) == (9.0, 3.0, 1.5)


def test_a_first_time_is_none_where_graphs_were_there():
    assert [row.first_ready_s for row in rows(outcomes(), nobody, fresh_graphs=False)] == [None, None]


def test_memory_is_the_largest_of_the_rounds():
    _, reference = rows(outcomes(), nobody)
    assert reference.peak_bytes == 2**31
    assert reference.gpu_peak_bytes is None
    _, on_gpu = rows(outcomes(gpu=5), nobody)
    assert on_gpu.gpu_peak_bytes == 5


def test_what_the_system_does_not_tell_stays_unknown():
    (row,) = rows([Outcome(REFERENCE, None, (measured([1.0], peak=None),))], nobody)
    assert row.peak_bytes is None
    assert row.first_ready_s is None


def test_without_the_reference_there_is_no_ratio():
    (row,) = rows([outcomes()[2]], nobody)
    assert row.times_reference is row.embed_times_reference is None


def test_what_auto_takes_is_marked():
    assert [row.by_auto for row in rows(outcomes(), lambda combination: combination == QUICK)] == [True, False]


def test_what_was_not_measured_has_a_reason():
    assert failures(outcomes()) == [(BROKEN.name, "out of memory")]
    assert failures([Outcome(QUICK)]) == [(QUICK.name, "stopped before its turn")]
