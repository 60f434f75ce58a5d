from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from ultrasam.training.callbacks import KeepBest, KeepLast, keeping


def trainer(step, dice=None, rank=0):
    metrics = {"train/loss": torch.tensor(1.0)}
    if dice is not None:
        metrics["val/dice"] = torch.tensor(dice)
    return SimpleNamespace(global_step=step, is_global_zero=rank == 0, callback_metrics=metrics)


def test_the_best_is_written_when_it_comes():
    written = []
    best = KeepBest(lambda step, values: written.append((step, values)), None)
    for step, dice in enumerate((0.5, 0.75, 0.625, 0.75, torch.nan), 1):
        best.on_validation_end(trainer(step, dice), None)
    assert written == [(1, {"val/dice": 0.5}), (2, {"val/dice": 0.75})]
    assert (best.best, best.best_step, best.values) == (0.75, 2, {"val/dice": 0.75})


def test_another_value_may_decide():
    written = []
    best = KeepBest(lambda step, values: written.append(step), None, "val/score")
    for step, (score, dice) in enumerate(((-0.5, 0.9), (-0.75, 1.0), (-0.25, 0.1)), 1):
        state = trainer(step, dice)
        state.callback_metrics["val/score"] = torch.tensor(score)
        best.on_validation_end(state, None)
    assert written == [1, 3]


def test_where_nothing_can_be_measured_the_latest_is_written(caplog):
    written = []
    best = KeepBest(lambda step, values: written.append(step), None)
    for step, dice in enumerate((torch.nan, torch.nan, 0.25, torch.nan, 0.125), 1):
        best.on_validation_end(trainer(step, dice), None)
    assert written == [1, 2, 3]
    assert (best.best, best.best_step) == (0.25, 3)
    assert "val/dice cannot be measured" in caplog.text


def test_the_best_so_far_goes_on():
    best, written = KeepBest(lambda step, values: None, None), []
    best.on_validation_end(trainer(3, 0.5), None)
    other = KeepBest(lambda step, values: written.append(step), None)
    other.load_state_dict(best.state_dict())
    other.on_validation_end(trainer(4, 0.25), None)
    assert not written
    assert (other.best_step, other.values) == (3, {"val/dice": 0.5})


def test_one_process_alone_writes():
    written = []
    best = KeepBest(lambda step, values: written.append(step), None)
    best.on_validation_end(trainer(1, 0.5, rank=1), None)
    best.on_validation_end(trainer(1), None)
    assert not written


def test_the_checkpoint_is_written_whole_and_once_for_a_step(tmp_path):
    saved = []
    path = tmp_path / "last.ckpt"

    def save(target):
        saved.append(len(saved))
        Path(target).write_text(f"checkpoint {len(saved)}")
        if len(saved) == 2:
            assert path.read_text() == "checkpoint 1", "the one before is still there"
            raise OSError("no space left")

    last = KeepLast(path, 60, lambda step: True)
    state = trainer(1)
    state.save_checkpoint = save
    last.on_validation_end(state, None)
    last.on_train_end(state, None)
    assert len(saved) == 1
    state.global_step = 2
    with pytest.raises(OSError, match="no space"):
        last.on_train_end(state, None)
    assert path.read_text() == "checkpoint 1"
    last.on_train_end(state, None)
    assert path.read_text() == "checkpoint 3"
    assert [entry.name for entry in tmp_path.iterdir()] == ["last.ckpt"]


@pytest.mark.parametrize("others", [False, True])
def test_between_validations_it_is_written_by_the_clock(tmp_path, monkeypatch, others):
    clock = [0.0]
    monkeypatch.setattr(keeping, "monotonic", lambda: clock[0])
    last = KeepLast(tmp_path / "last.ckpt", 60, lambda step: step == 5)
    state, saved = trainer(0), []
    state.strategy = SimpleNamespace(reduce_boolean_decision=lambda wish, all: wish or others)

    def save(target):
        Path(target).touch()
        saved.append(state.global_step)

    state.save_checkpoint = save
    last.on_train_start(state, None)
    # At 25 seconds a step, two batches each; step 5 is saved after its validation.
    for step in range(1, 8):
        clock[0] += 25
        last.on_train_batch_end(state, None, None, None, 0)
        state.global_step = step
        last.on_train_batch_end(state, None, None, None, 1)
        if step == 5:
            assert 5 not in saved
            last.on_validation_end(state, None)
    assert saved == ([1, 2, 3, 4, 5, 6, 7] if others else [3, 5])
