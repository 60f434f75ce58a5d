"""A run that was stopped, wherever and however, gives what an uninterrupted one gives, to the last bit."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
import torch
import yaml

from tests.evaluation.made_data import edit
from tests.training.made_runs import Place, last, lines, make_place, same, write_small_weights
from ultrasam.errors import InputError, TrainingError
from ultrasam.files import alone
from ultrasam.training import running, train
from ultrasam.weights import load_network, read_checkpoint

STEPS = 7
#: Validations after steps 3, 6 and, as the last one, 7; two steps to a line of the history, two batches to a step.
OPTIONS = (f"run.steps={STEPS}", "run.validate_every=3", "run.log_every=2", "run.accumulate=2", "run.ema=0.9")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """A forked child has but one; sums of several threads are rounded otherwise."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def recipe(place):
    return place.recipe(*OPTIONS)


@pytest.fixture(scope="module")
def uninterrupted(recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    return train(recipe, folder)


def assert_same_run(result, uninterrupted):
    folder, reference = result.folder, uninterrupted.folder
    assert lines(folder) == lines(reference)
    ours, theirs = last(folder), last(reference)
    for checkpoint in (ours, theirs):
        del checkpoint["callbacks"]["Stop"]  # how long a validation took
    for part in ("state_dict", "optimizer_states", "lr_schedulers", "callbacks"):
        assert same(ours[part], theirs[part]), part
    ours, theirs = (read_checkpoint(path / "model.safetensors") for path in (folder, reference))
    assert same(ours.state_dict, theirs.state_dict)
    assert (result.step, result.stopped) == (uninterrupted.step, None)
    assert (result.best, result.best_step) == (uninterrupted.best, uninterrupted.best_step)


def test_an_uninterrupted_run_validates_where_it_should(uninterrupted):
    found = lines(uninterrupted.folder)
    assert uninterrupted.step == STEPS
    assert [line["step"] for line in found if "loss" in line] == [2, 4, 6]
    assert [line["step"] for line in found if "val/dice" in line] == [3, 6, 7]
    weights = last(uninterrupted.folder)
    average = weights["callbacks"]["WeightAverage"]
    assert average["steps"] == STEPS
    assert not same(average["average"], {name: weights["state_dict"][name] for name in average["average"]})


def test_stopped_after_every_step(recipe, uninterrupted, tmp_path):
    for step in range(1, STEPS):
        result = train(recipe, tmp_path, max_seconds=0)
        assert (result.step, result.stopped, result.interrupted) == (step, "its time is over", False)
    assert_same_run(train(recipe, tmp_path, max_seconds=0), uninterrupted)


@pytest.mark.parametrize("at", [2, 3])
def test_stopped_by_a_signal(recipe, uninterrupted, tmp_path, at):
    def tell(progress):
        if progress.step == at and not progress.validated:
            os.kill(os.getpid(), signal.SIGTERM)

    result = train(recipe, tmp_path, on_progress=tell)
    assert (result.step, result.interrupted, result.stopped) == (at, True, "it was told to end (SIGTERM)")
    assert_same_run(train(recipe, tmp_path), uninterrupted)


def test_told_to_end_in_the_last_step_it_is_complete(recipe, uninterrupted, tmp_path):
    def tell(progress):
        if progress.step == STEPS and not progress.validated:
            os.kill(os.getpid(), signal.SIGTERM)

    result = train(recipe, tmp_path, on_progress=tell)
    assert not result.interrupted
    assert_same_run(result, uninterrupted)


@pytest.mark.skipif(torch.cuda.is_available(), reason="A process that uses CUDA cannot be forked")
@pytest.mark.parametrize(
    ("step", "validated", "minutes", "goes_on_at"),
    [(2, False, 5, 0), (5, False, 5, 3), (6, True, 5, 3), (5, False, 1e-9, 4), (3, True, 1e-9, 2), (7, False, 1e-9, 6)],
    ids=[
        "before the first checkpoint",
        "between two",
        "between a validation and its checkpoint",
        "after one between validations",
        "after one between validations, in the next validation",
        "in the last step",
    ],
)
def test_killed(place, uninterrupted, tmp_path, step, validated, minutes, goes_on_at):
    recipe = place.recipe(*OPTIONS, f"run.save_every_minutes={minutes}")

    def kill(progress):
        if (progress.step, progress.validated) == (step, validated):
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        torch.set_num_threads(1)
        try:
            train(recipe, tmp_path, on_progress=kill)
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    with (tmp_path / "history.jsonl").open("a") as file:
        file.write('{"step": 1, "lo')  # what a kill may cut off
    told = []
    result = train(recipe, tmp_path, on_corpus=lambda corpus, begins_at: told.append(begins_at))
    assert told == [goes_on_at]
    assert_same_run(result, uninterrupted)


def test_a_complete_run_does_nothing(recipe, uninterrupted):
    folder = uninterrupted.folder
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.name not in ("recipe.yaml", ".lock")}
    told = []
    result = train(recipe, folder, on_progress=told.append, on_corpus=lambda *facts: told.append(facts))
    assert result == uninterrupted
    assert not told
    assert all(path.stat().st_mtime_ns == when for path, when in before.items() if path.is_file())


def test_another_recipe_is_refused(place, uninterrupted):
    changed = place.recipe(*OPTIONS, "optimiser.lr=0.001")
    with pytest.raises(InputError, match=r"optimiser\.lr was 0\.0002 and is 0\.001"):
        train(changed, uninterrupted.folder)


def test_what_changes_no_number_may_change(place, uninterrupted):
    result = train(place.recipe(*OPTIONS, "data.workers=1", "run.log_every=5"), uninterrupted.folder)
    assert result.step == STEPS


def test_the_same_data_and_weights_may_lie_elsewhere(place, uninterrupted, tmp_path):
    moved = Place(tmp_path / "moved", tmp_path / "moved.safetensors")
    shutil.copytree(place.data, moved.data)
    shutil.copy(place.weights, moved.weights)
    train(place.recipe(*OPTIONS), tmp_path / "run", max_seconds=0)
    assert_same_run(train(moved.recipe(*OPTIONS), tmp_path / "run"), uninterrupted)


def test_other_data_or_weights_are_refused(place, tmp_path):
    own = Place(tmp_path / "data", tmp_path / "first.safetensors")
    shutil.copytree(place.data, own.data)
    shutil.copy(place.weights, own.weights)
    train(own.recipe(*OPTIONS), tmp_path / "run", max_seconds=0)
    write_small_weights(own.weights, seed=1)
    with pytest.raises(InputError, match=r"began with, but the first weights is another: give the same"):
        train(own.recipe(*OPTIONS), tmp_path / "run")
    edit(own.data, lambda document: document["images"].pop())
    shutil.copy(place.weights, own.weights)
    with pytest.raises(InputError, match=r"began with, but data set made is another: give the same"):
        train(own.recipe(*OPTIONS), tmp_path / "run")
    (tmp_path / "run/inputs.json").write_text("[1]")
    with pytest.raises(InputError, match=r"inputs\.json is damaged"):
        train(own.recipe(*OPTIONS), tmp_path / "run")
    assert train(own.recipe(*OPTIONS), tmp_path / "run", max_seconds=0, restart=True).step == 1


@pytest.mark.parametrize("what", ["decoder", "lora", "adapters"])
def test_a_checkpoint_holds_what_is_trained_and_no_more(place, tmp_path, monkeypatch, what):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))
    # Validations after steps 2 and 3, of which a run that goes on after the first has both.
    recipe = place.recipe(*OPTIONS, f"trainable.what={what}", "run.steps=3", "run.validate_every=2")
    reference = train(recipe, tmp_path / "reference")
    train(recipe, tmp_path / "run", max_seconds=0)
    kept = last(tmp_path / "run")
    assert kept["state_dict"].keys() == kept["callbacks"]["WeightAverage"]["average"].keys()
    assert_same_run(train(recipe, tmp_path / "run"), reference)


def test_a_checkpoint_that_lacks_what_is_trained_is_refused(recipe, tmp_path):
    train(recipe, tmp_path, max_seconds=0)
    kept = last(tmp_path)
    name = kept["state_dict"].popitem()[0]
    torch.save(kept, tmp_path / "last.ckpt")
    with pytest.raises(TrainingError, match=f"but {name} and 0 more are missing"):
        train(recipe, tmp_path)


def test_a_run_of_before_less_was_kept_goes_on(place, recipe, uninterrupted, tmp_path):
    train(recipe, tmp_path, max_seconds=0)
    kept = last(tmp_path)
    whole = {f"network.{name}": value for name, value in load_network(place.weights)[0].state_dict().items()}
    kept["state_dict"] = {**whole, **kept["state_dict"]}
    torch.save(kept, tmp_path / "last.ckpt")
    (tmp_path / "inputs.json").unlink()
    assert_same_run(train(recipe, tmp_path), uninterrupted)


def test_another_process_does_not_look_at_a_run_that_the_first_removes(recipe, tmp_path, monkeypatch):
    train(recipe, tmp_path, max_seconds=0)
    monkeypatch.setattr(running, "is_first_process", lambda: False)
    began = []
    monkeypatch.setattr(running, "_run", lambda recipe, folder, corpus, start, *others: began.append(start.step))
    train(recipe, tmp_path, restart=True)
    train(recipe, tmp_path)
    assert began == [None, 1]


def test_restart_begins_anew(place, recipe, uninterrupted, tmp_path):
    train(place.recipe(*OPTIONS, "run.seed=1"), tmp_path, max_seconds=0)
    assert_same_run(train(recipe, tmp_path, restart=True), uninterrupted)


def test_a_folder_is_of_one_process(recipe, tmp_path):
    with alone(tmp_path), pytest.raises(InputError, match="another process is at work"):
        train(recipe, tmp_path)


def test_a_checkpoint_without_its_recipe_is_refused(recipe, tmp_path):
    (tmp_path / "last.ckpt").touch()
    with pytest.raises(InputError, match=r"recipe\.yaml is gone"):
        train(recipe, tmp_path)


def test_a_recipe_of_before_an_option_was_added_is_the_same(recipe, uninterrupted, tmp_path):
    known = recipe.model_dump(mode="json")
    del known["data"]["val_objects"]
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(known))
    assert train(recipe, tmp_path, max_seconds=0).step == 1
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump({**known, "learning": {"rate": 1}}))
    with pytest.raises(InputError, match=r"learning was \{\"rate\": 1\} and is null"):
        train(recipe, tmp_path)
    (tmp_path / "recipe.yaml").write_text("[")
    with pytest.raises(InputError, match=r"recipe\.yaml is none"):
        train(recipe, tmp_path)
