"""What is drawn and what is not; how a chart is made is tested with the evaluation's."""

import dataclasses
import json

import numpy as np
import pytest

from tests.downstream.testing.made import made_test
from ultrasam.downstream.testing.report.charts.confusion import confusion_chart
from ultrasam.downstream.testing.report.charts.learning import learning_curves
from ultrasam.downstream.testing.report.charts.masks import class_dice, dice_by_class
from ultrasam.downstream.testing.report.charts.ranking import roc_curves
from ultrasam.downstream.testing.report.charts.reliability import reliability_chart
from ultrasam.downstream.testing.report.charts.values import agreement


def test_learning_curves_mark_the_step_whose_weights_were_kept(tmp_path):
    path = tmp_path / "history.jsonl"

    def titles(scores):
        lines = [{"step": 5, "loss": 2.0}, *({"step": s, "val/score": v, "val/f1": v} for s, v in scores.items())]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return learning_curves(path).charts

    rising, falling = titles({10: 0.5, 20: 0.6}), titles({10: 0.6, 20: 0.5})
    assert [chart.title for chart in rising] == ["training loss", "validation: score", "validation: f1"]
    dashes = "stroke-dasharray"
    assert dashes not in rising[0].svg
    assert all(dashes in chart.svg for chart in (*rising[1:], *falling[1:]))
    assert rising[1].svg != falling[1].svg


def test_an_empty_or_damaged_diary_draws_nothing(tmp_path):
    path = tmp_path / "history.jsonl"
    assert learning_curves(path).charts == ()
    path.write_text('{"step"\n[1]\n{"loss": 3}\n{"step": 3, "val/score": NaN}\n')
    assert learning_curves(path).charts == ()


def test_two_classes_have_one_curve_and_more_are_six_to_a_panel(tmp_path):
    _, tested = made_test("classification", tmp_path)
    assert len(roc_curves(tested).charts) == 1
    assert roc_curves(tested).charts[0].title.startswith("vessel 0.")
    rng = np.random.default_rng(0)
    names = tuple(f"class {number}" for number in range(8))
    for number, (_, case) in enumerate(tested.cases):
        # The last class is absent.
        case.update(truth=[number % 7], answer=rng.dirichlet(np.ones(8)).tolist())
    group = roc_curves(dataclasses.replace(tested, classes=names))
    assert [chart.title.count("class") for chart in group.charts] == [6, 1]


def test_a_confusion_matrix_has_every_count_and_shortens_long_names(tmp_path):
    _, tested = made_test("classification", tmp_path)
    long = "a class with a name of more than twenty-six letters"
    (chart,) = confusion_chart(dataclasses.replace(tested, classes=(long, "b"))).charts
    for found in tested.classified().confusion.ravel():
        assert f">{found}<" in chart.svg
    assert long not in chart.svg
    assert long[:25] + "…" in chart.svg


def test_reliability_says_how_many_decisions_there_are(tmp_path):
    _, tested = made_test("classification", tmp_path)
    assert reliability_chart(tested).charts[0].title.endswith(", 12 decisions")
    _, tested = made_test("classification", tmp_path, several=True)
    assert reliability_chart(tested).charts[0].title.endswith(", 24 decisions")


@pytest.mark.parametrize("count", [1, 12])
def test_each_value_has_its_agreement_and_its_errors(count, tmp_path):
    _, tested = made_test("regression", tmp_path, count=count)
    assert [chart.title for chart in agreement(tested).charts] == ["ef", "ef: errors", "age", "age: errors"]


@pytest.mark.parametrize("kind", ["semantic", "instance"])
def test_dice_is_of_the_classes_that_are_there(kind, tmp_path):
    _, tested = made_test(kind, tmp_path)
    assert [len(values) for values in class_dice(tested).values()] == [12, 6]
    _, alone = made_test(kind, tmp_path, count=1)
    assert [len(values) for values in class_dice(alone).values()] == [1, 0]
    (chart,) = dice_by_class(alone).charts
    assert "vessel" not in chart.svg
