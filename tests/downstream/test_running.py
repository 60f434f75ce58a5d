"""What a run of fine-tuning leaves behind, whatever it answers and whatever is trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ultrasam
from tests.downstream.made_tasks import CLASSES, make_task_place
from tests.training.made_runs import SIZE, last, lines, same
from ultrasam.downstream import finetune
from ultrasam.downstream.scoring import VAL_SCORE
from ultrasam.errors import InputError
from ultrasam.modeling.finetuned import FinetunedSam
from ultrasam.training.callbacks import patience as patience_module
from ultrasam.weights import load_network, read_checkpoint

TASKS = ("classification", "regression", "semantic", "instance")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module", params=TASKS)
def done(request, tmp_path_factory):
    """A run of each task."""
    place = make_task_place(tmp_path_factory.mktemp(request.param), request.param)
    told = []
    result = finetune(place.recipe(), tmp_path_factory.mktemp("run"), on_progress=told.append)
    return place, result, told


def test_it_is_complete(done):
    _, result, told = done
    assert (result.step, result.steps, result.stopped, result.ended_early) == (4, 4, None, False)
    assert [progress.step for progress in told if progress.validated] == [2, 4]
    assert result.best[VAL_SCORE] == max(line[VAL_SCORE] for line in lines(result.folder) if VAL_SCORE in line)


def test_its_file_says_what_it_answers(done):
    place, result, _ = done
    checkpoint = read_checkpoint(result.folder)
    task = checkpoint.task
    assert task is not None
    assert (task.kind, task.initial, task.promptable) == (place.task, str(place.weights), False)
    assert task.classes == (("size",) if place.task == "regression" else CLASSES)
    assert checkpoint.input_size == SIZE
    network, _ = load_network(result.folder)
    assert isinstance(network, FinetunedSam)


def test_it_loads_back(done):
    place, result, _ = done
    answer = ultrasam.load(result.folder).predict(np.full((96, 128), 80, np.uint8))
    if place.task == "classification":
        assert answer.probabilities.sum() == pytest.approx(1)
    elif place.task == "regression":
        # Four steps leave the head near zero, which is the training values' mean.
        assert answer.values[0] == pytest.approx(12.5, abs=5)
    else:
        assert {found.category for found in answer} <= set(CLASSES)


def test_its_card_is_of_its_task(done):
    place, result, _ = done
    card = (result.folder / "MODEL_CARD.md").read_text()
    assert ("ultrasam classify" in card) == (place.task in ("classification", "regression"))
    assert "--box" not in card
    assert f"{result.best[VAL_SCORE]:.3f}" in card
    assert "Hearts" not in card
    assert str(place.data.parent) not in card


def test_a_complete_run_is_not_run_again(done):
    place, result, _ = done
    told = []
    again = finetune(
        place.recipe(), result.folder, on_progress=told.append, on_examples=lambda *facts: told.append(facts)
    )
    assert again == result
    ((examples, step),) = told
    assert (len(examples.examples), step) == (12, 4)


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    return make_task_place(tmp_path_factory.mktemp("classes"), "classification")


@pytest.mark.parametrize(
    ("task", "overrides"),
    [
        ("classification", ["head.dropout=0.5"]),
        ("instance", []),
        ("classification", ["head.kind=prompted", "run.ema=0.9"]),
        ("semantic", ["trainable.what=head", "run.accumulate=2"]),
    ],
    ids=["dropout", "instance", "prompted", "frozen"],
)
def test_a_run_that_was_stopped_gives_what_an_uninterrupted_one_does(tmp_path, task, overrides):
    place = make_task_place(tmp_path / "place", task)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    finetune(place.recipe(*overrides), whole)
    recipe = place.recipe(*overrides)
    first = finetune(recipe, parts, max_seconds=0)
    assert first.stopped
    assert first.step < 4
    for _ in range(4):
        result = finetune(recipe, parts, max_seconds=0)
    assert result.stopped is None
    assert lines(whole) == lines(parts)
    assert same(last(whole)["state_dict"], last(parts)["state_dict"])


def test_it_ends_early_where_nothing_becomes_better(classes, tmp_path, monkeypatch):
    found = iter([0.8, 0.5, 0.7])
    monkeypatch.setattr("ultrasam.downstream.scoring.ClassificationScore.values", lambda self: {VAL_SCORE: next(found)})
    recipe = classes.recipe("run.steps=100", "run.validate_every=1", "run.patience=2")
    result = finetune(recipe, tmp_path)
    assert (result.step, result.best_step, result.ended_early, result.stopped) == (3, 1, True, None)
    assert finetune(recipe, tmp_path) == result


def test_patience_goes_on_where_it_was(classes, tmp_path, monkeypatch):
    found = iter([0.8, 0.5, 0.7])
    monkeypatch.setattr("ultrasam.downstream.scoring.ClassificationScore.values", lambda self: {VAL_SCORE: next(found)})
    recipe = classes.recipe("run.steps=100", "run.validate_every=1", "run.patience=2")
    steps = []
    for _ in range(3):
        result = finetune(recipe, tmp_path, max_seconds=0)
        steps.append((result.step, result.ended_early))
    assert steps == [(1, False), (2, False), (3, True)]
    assert patience_module.Patience.__qualname__ in last(tmp_path)["callbacks"]


def test_the_moving_average_is_what_is_measured_and_written(classes, tmp_path, monkeypatch):
    found = iter([0.5, 0.75])
    monkeypatch.setattr("ultrasam.downstream.scoring.ClassificationScore.values", lambda self: {VAL_SCORE: next(found)})
    result = finetune(classes.recipe("run.ema=0.9"), tmp_path)
    assert result.best_step == 4
    checkpoint, written = last(tmp_path), read_checkpoint(tmp_path).state_dict
    average = checkpoint["callbacks"]["WeightAverage"]["average"]
    assert same(average, {name: written[name.removeprefix("network.")] for name in average})
    assert not same(average, {name: checkpoint["state_dict"][name] for name in average})


def test_prompts_ask_about_objects(classes, tmp_path):
    result = finetune(classes.recipe("head.kind=prompted"), tmp_path)
    model = ultrasam.load(result.folder)
    answer = model.predict(np.full((96, 128), 80, np.uint8), box_xyxy=(20, 20, 60, 60))
    assert answer.label in CLASSES
    assert "--box" in (tmp_path / "MODEL_CARD.md").read_text()


def test_prompts_need_objects(classes, tmp_path):
    examples = classes.examples()
    bare = replace(examples, examples=tuple(_without_objects(example) for example in examples.examples))
    with pytest.raises(InputError, match="masks of objects"):
        finetune(classes.recipe("head.kind=prompted"), tmp_path, examples=bare)


def _without_objects(example):
    return type(example)(
        name=example.name,
        path=example.path,
        patient=example.patient,
        split=example.split,
        size_hw=example.size_hw,
        labels=example.labels,
    )


def test_another_recipe_or_other_data_are_refused(classes, tmp_path):
    finetune(classes.recipe(), tmp_path)
    with pytest.raises(InputError, match=r"run\.steps was 4 and is 5"):
        finetune(classes.recipe("run.steps=5"), tmp_path)
    examples = classes.examples()
    with pytest.raises(InputError, match="data set made is another"):
        finetune(classes.recipe(), tmp_path, examples=replace(examples, sha256="0" * 64))
    assert finetune(classes.recipe("run.steps=2"), tmp_path, restart=True).step == 2


def test_weights_are_kept_where_validation_can_measure_nothing(tmp_path):
    place = make_task_place(tmp_path / "place", "instance")
    examples = place.examples()
    bare = tuple(_without_objects(e) if e.split == "val" else e for e in examples.examples)
    result = finetune(place.recipe(), tmp_path / "run", examples=replace(examples, examples=bare))
    assert np.isnan(result.best[VAL_SCORE])
    assert (result.best_step, read_checkpoint(result.folder).task.classes) == (4, CLASSES)


def test_data_must_be_named(classes, tmp_path):
    with pytest.raises(InputError, match=r"give data\.path"):
        finetune(classes.recipe("data.path=''"), tmp_path)


def test_few_validation_images_are_enough(classes, tmp_path):
    result = finetune(classes.recipe("data.val_images=2"), tmp_path)
    assert "val/accuracy" in result.best
    assert result.best["val/accuracy"] in (0, 0.5, 1)


def test_workers_change_nothing(classes, tmp_path):
    finetune(classes.recipe(), tmp_path / "none")
    finetune(classes.recipe("data.workers=2"), tmp_path / "two")
    assert lines(tmp_path / "none") == lines(tmp_path / "two")
