"""A promptable model for one's own structures, on made data with a small network."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest

import ultrasam
from tests.downstream.made_tasks import make_task_place
from tests.training.made_runs import lines
from ultrasam.corpus import CocoFolder
from ultrasam.downstream.adapting import AFTER, BEFORE, adapt
from ultrasam.downstream.data import ReadingOptions, read_examples
from ultrasam.errors import InputError
from ultrasam.training import read_recipe


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_task_place(tmp_path_factory.mktemp("place"), "instance")


@pytest.fixture(scope="module")
def recipe(place):
    return read_recipe(
        overrides=[
            f"model.weights={place.weights}",
            "trainable.what=decoder",
            "data.images=2",
            "data.objects=1",
            "run.steps=4",
            "run.validate_every=2",
            "run.log_every=1",
            "run.accelerator=cpu",
        ]
    )


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ULTRASAM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def examples(place):
    return read_examples(place.data, "instance")


run = partial(adapt, protocols=("box", "point-interior"))


@pytest.fixture(scope="module")
def done(recipe, examples, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "mine"
    told = []
    return run(recipe, examples, folder, on_test=lambda *words: told.append(words)), folder, told


def test_it_is_trained_on_the_examples(done, examples):
    found, folder, _ = done
    assert (found.training.step, found.training.stopped) == (4, None)
    written = CocoFolder.read(folder / "data", split="train")
    assert len(written.images) == len(examples.part("train"))
    assert any("val/dice" in line for line in lines(folder))


def test_both_models_are_asked_the_same(done, examples):
    found, folder, told = done
    assert found.comparison is not None
    assert found.comparison.summaries[0].settings.model.name == "mine"
    assert {test.protocol for test in found.comparison.tests} == {"box", "point-interior"}
    objects = sum(len(example.instances) for example in examples.part("test"))
    assert found.comparison.common == {"made": objects}
    records = {}
    for place in (BEFORE, AFTER):
        text = (folder / "test" / place / "records" / "made.jsonl").read_text()
        records[place] = [json.loads(line) for line in text.splitlines()]
    prompts = {
        place: [answer["prompt"] for record in found for entry in record["instances"] for answer in entry["answers"]]
        for place, found in records.items()
    }
    assert prompts[BEFORE] == prompts[AFTER]
    count = len(examples.part("test"))
    ends = {dataset: (done, of) for dataset, done, of in told}
    assert ends == {"made, after": (count, count), "made, before": (count, count)}


def test_the_gain_is_after_minus_before(done):
    found, _, _ = done
    after, before = (summary.datasets[0].result("box").estimates["dice"].mean for summary in found.comparison.summaries)
    (test,) = [test for test in found.comparison.tests if test.protocol == "box"]
    assert test.difference.mean == pytest.approx(after - before, abs=1e-4)


def test_there_is_a_report(done):
    _, folder, _ = done
    assert "mine" in (folder / "test" / "comparison.md").read_text()
    assert (folder / "test" / "comparison.html").stat().st_size > 1000


def test_the_result_answers_prompts(done, examples):
    _, folder, _ = done
    model = ultrasam.load(folder)
    image = ultrasam.read(examples.part("test")[0].path)
    assert model.embed(image).segment(box_xyxy=(20, 20, 60, 60)).mask.shape == examples.examples[0].size_hw


def test_the_same_call_goes_on_and_asks_nobody_twice(recipe, examples, tmp_path):
    first = run(recipe, examples, tmp_path / "x", max_seconds=0)
    assert (first.training.step, first.comparison) == (1, None)
    second = run(recipe, examples, tmp_path / "x")
    assert second.training.step == 4
    before = (tmp_path / "x/test/after/records/made.jsonl").stat().st_mtime_ns
    third = run(recipe, examples, tmp_path / "x")
    assert third.comparison.tests == second.comparison.tests
    assert (tmp_path / "x/test/after/records/made.jsonl").stat().st_mtime_ns == before


def test_other_data_are_refused_or_begin_anew(recipe, examples, place, tmp_path):
    run(recipe, examples, tmp_path / "x", max_seconds=0)
    fewer = read_examples(place.data, "instance", options=ReadingOptions(limit=4))
    with pytest.raises(InputError, match="began with"):
        run(recipe, fewer, tmp_path / "x")
    run(recipe, fewer, tmp_path / "x", max_seconds=0, restart=True)
    assert len(CocoFolder.read(tmp_path / "x/data", split="train").images) == 4


def test_a_folder_of_somebody_else_is_left_alone(recipe, examples, tmp_path):
    (tmp_path / "x/data").mkdir(parents=True)
    (tmp_path / "x/data/precious.txt").write_text("mine")
    for restart in (False, True):
        # Not even --restart removes it, so the message does not say so.
        with pytest.raises(InputError, match=r"no run wrote it: give another folder\.$"):
            run(recipe, examples, tmp_path / "x", restart=restart)
    assert (tmp_path / "x/data/precious.txt").read_text() == "mine"


def test_without_test_images_nothing_is_compared(recipe, examples, tmp_path):
    without = replace(examples, examples=(*examples.part("train"), *examples.part("val")))
    found = run(recipe, without, tmp_path / "x")
    assert found.training.stopped is None
    assert found.comparison is None
