"""The page is well formed, needs nothing from outside, and says what the numbers are."""

import dataclasses
import json
import re
from xml.etree import ElementTree

import pytest

from tests.downstream.testing.made import made_test
from tests.evaluation.report.pages import Page
from ultrasam.corpus import Skipped
from ultrasam.downstream.testing.report.html import report_html
from ultrasam.downstream.testing.report.markdown import report_markdown

KINDS = ["classification", "regression", "semantic", "instance"]
HOSTILE = "<script>alert('x')</script> & \"co\" $a$ | 5 %"


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.jsonl"
    lines = [{"step": step, "loss": 1 / step, "lr": 0.001} for step in range(10, 60, 10)]
    lines += [
        {"step": 30, "val/score": 0.6, "val/auroc": 0.7},
        {"step": 50, "val/score": 0.5, "val/auroc": float("nan")},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines) + '\n{"step": 5', encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 12])
def test_pages_are_well_formed_and_stand_alone(kind, count, history, tmp_path):
    result, tested = made_test(kind, tmp_path, count=count)
    text = report_html(result, tested, history=history)
    page = Page(text)
    assert (page.unclosed, page.wrong) == ([], [])
    assert len(set(page.ids)) == len(page.ids)
    assert all(ref.startswith(("#", "data:image/jpeg;base64,")) for ref in page.references)
    assert {ref[1:] for ref in page.references if ref.startswith("#")} <= set(page.ids)
    assert str(tmp_path) not in text
    for svg in text.split("<svg")[1:]:
        ElementTree.fromstring("<svg" + svg[: svg.index("</svg>")].replace("xlink:", "") + "</svg>")


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_has_what_the_task_needs(kind, history, tmp_path):
    result, tested = made_test(kind, tmp_path)
    page = Page(report_html(result, tested, history=history))
    expected = {
        "classification": ("Confusion matrix", "ROC curves", "Reliability", "Taken for something else"),
        "regression": ("Agreement", "Largest errors"),
        "semantic": ("Dice by class", "Best, median, worst"),
        "instance": ("Dice by class", "Best, median, worst"),
    }[kind]
    for title in (*expected, "Learning curves", "training loss", "validation: score"):
        assert title in page.text
    assert page.tags.count("img") > 0
    assert f"{result.overall[next(iter(result.overall))].mean:.3f}"[:4] in page.text.replace("−", "-")


def test_without_a_diary_there_are_no_learning_curves(tmp_path):
    result, tested = made_test("classification", tmp_path)
    assert "Learning curves" not in report_html(result, tested)
    assert "Learning curves" not in report_html(result, tested, history=tmp_path / "gone.jsonl")


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_words_and_no_markup(kind, tmp_path):
    result, tested = made_test(kind, tmp_path)
    names = (HOSTILE, "b")
    settings = dataclasses.replace(result.settings, classes=names, title=HOSTILE, licence=HOSTILE)
    result = dataclasses.replace(
        result, settings=settings, notes=(HOSTILE,), left_out=(Skipped(HOSTILE, HOSTILE, HOSTILE),)
    )
    tested = dataclasses.replace(tested, classes=names)
    text = report_html(result, tested)
    page = Page(text)
    assert "script" not in page.tags
    assert (page.unclosed, page.wrong) == ([], [])
    assert not re.search(r"(?<!\\)<script>", report_markdown(result, tested))


def test_an_image_that_has_moved_is_told_in_its_place(tmp_path):
    result, tested = made_test("semantic", tmp_path)
    for record in tested.records:
        record["path"] = str(tmp_path / "elsewhere" / record["image"])
    text = report_html(result, tested)
    assert "This picture could not be drawn." in text
    assert str(tmp_path) not in text


def test_several_classes_have_no_confusion_matrix(tmp_path):
    result, tested = made_test("classification", tmp_path, several=True)
    text = report_html(result, tested)
    assert "Confusion matrix" not in text
    assert "each probability of 0.5 or more" in text
