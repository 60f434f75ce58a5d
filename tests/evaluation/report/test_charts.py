import re

import numpy as np
import pytest

from tests.evaluation.report.summaries import DATASETS, PROTOCOLS, make_comparison, make_summary
from ultrasam.evaluation.metrics.calibration import ReliabilityBin
from ultrasam.evaluation.report.charts import (
    box_sensitivity,
    dice_boxes,
    dice_by_clicks,
    dice_by_size,
    model_dots,
    reliability_diagrams,
)
from ultrasam.evaluation.report.charts.reliability import pooled_bins

BY_SET = (dice_boxes, dice_by_size, dice_by_clicks, box_sensitivity)


def markers(svg):
    """Places of the discs, in the order that they were drawn."""
    return np.array([(float(x), float(y)) for x, y in re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)"', svg)])


@pytest.mark.parametrize("draw", BY_SET)
def test_each_data_set_has_its_panel(draw):
    group = draw(make_summary())
    assert [chart.title for chart in group.charts] == list(DATASETS)
    assert len({chart.svg for chart in group.charts}) == len(DATASETS)


def test_dots_lie_where_the_means_are():
    comparison = make_comparison()
    for protocol, chart in zip(PROTOCOLS, model_dots(comparison).charts, strict=True):
        means = [s.datasets[d].result(protocol).estimates["dice"].mean for d in range(2) for s in comparison.summaries]
        # Six lines across the axis, from 0 to 1, give the scale.
        grid = [float(x) for x, _ in re.findall(r'd="M ([\d.]+) [\d.]+ *\n?L (\1) ', chart.svg)]
        zero, one = grid[0], grid[5]
        dots = markers(chart.svg)
        assert (dots[:, 0] - zero) / (one - zero) == pytest.approx(means, abs=0.005)
        assert (np.diff(dots[:, 1]) > 0).all()


def test_lines_of_clicks_go_where_the_means_are():
    summary = make_summary()
    chart = dice_by_clicks(summary).charts[0]
    means = [r.estimates["dice"].mean for r in summary.datasets[0].results if r.protocol == "clicks-3"]
    heights = markers(chart.svg)[-3:, 1]
    assert np.corrcoef(heights, means)[0, 1] == pytest.approx(-1)


def test_sensitivity_begins_at_the_exact_box():
    protocols = dict.fromkeys(
        ["box", "box-shift-15", "box-shift-5", "box-scale-85", "box-scale-115", "box-jitter-10"], ""
    )
    group = box_sensitivity(make_summary(protocols=protocols))
    assert [words for words, _ in group.legend] == ["shifted", "too small", "too large", "sides moved"]
    places = markers(group.charts[0].svg)
    # Of four lines, each begins at the same place and the same Dice.
    first, counts = np.unique(places, axis=0, return_counts=True)
    assert (first[counts == 4] == places[0]).all()
    assert sorted(counts) == [*[1] * (len(counts) - 1), 4]
    assert not box_sensitivity(make_summary(protocols={"box": ""})).charts


def test_passes_have_lines_of_their_own():
    protocols = dict.fromkeys(["box", "box@refined", "box-shift-15", "box-shift-15@refined"], "")
    group = box_sensitivity(make_summary(protocols=protocols))
    assert [words for words, _ in group.legend] == ["shifted", "shifted@refined"]


def test_size_classes_that_do_not_occur_have_no_mark():
    summary = make_summary({"A": ("lesion",)}, {"box": ""})
    (result,) = summary.datasets[0].results
    before = len(markers(dice_by_size(summary).charts[0].svg))
    del result.sizes["under 1 %"]
    assert len(markers(dice_by_size(summary).charts[0].svg)) == before - 1


def test_bins_of_several_sets_are_as_if_they_were_one():
    rng = np.random.default_rng(0)
    predicted, actual, sets = rng.random(500), rng.random(500), rng.integers(0, 3, 500)
    places = np.minimum((predicted * 4).astype(int), 3)

    def bins(chosen):
        return tuple(
            ReliabilityBin(k / 4, (k + 1) / 4, int(m.sum()), float(predicted[m].mean()), float(actual[m].mean()))
            for k in range(4)
            for m in [chosen & (places == k)]
        )

    pooled = pooled_bins([bins(sets == s) for s in range(3)])
    for mine, reference in zip(pooled, bins(np.ones(500, bool)), strict=True):
        assert mine.count == reference.count
        assert mine.predicted == pytest.approx(reference.predicted)
        assert mine.actual == pytest.approx(reference.actual)


def test_empty_bins_count_nothing():
    empty = ReliabilityBin(0.0, 0.5, 0, 0.0, 0.0)
    assert pooled_bins([(empty,), (empty,)]) == []


def test_reliability_has_a_panel_per_headline_protocol():
    group = reliability_diagrams(make_summary())
    assert [chart.title.split(":")[0] for chart in group.charts] == ["point-interior", "box"]
    # Nine bins of the ten have objects; two sets have 10 to 90 of them each.
    assert all(chart.title.endswith("900 answers") for chart in group.charts)


def test_without_predicted_scores_there_is_no_reliability():
    summary = make_summary({"A": ("lesion",)}, {"automatic": ""})
    (result,) = summary.datasets[0].results
    object.__setattr__(result, "reliability", ())
    assert not reliability_diagrams(summary).charts
