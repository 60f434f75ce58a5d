from __future__ import annotations

import json
from types import SimpleNamespace

import torch

from ultrasam.training.callbacks import History


class Trainer(SimpleNamespace):
    """As much of a trainer as the history asks."""

    def __init__(self, rank=0):
        group = {"name": "encoder", "lr": 0.1}
        super().__init__(
            global_step=0,
            is_global_zero=rank == 0,
            callback_metrics={},
            optimizers=[SimpleNamespace(param_groups=[group, {"name": "decoder", "lr": 0.2}])],
            strategy=SimpleNamespace(reduce=lambda value, reduce_op: value),
        )


def batch(history, trainer, loss, *, steps=True):
    trainer.global_step += int(steps)
    trainer.callback_metrics["train/loss"] = torch.tensor(loss)
    history.on_train_batch_end(trainer, None, None, None, 0)


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_is_the_mean_of_its_steps(tmp_path):
    history, trainer, told = History(tmp_path / "h", 2, 10, 4, told_to := [].append), Trainer(), told_to.__self__
    history.on_train_start(trainer, None)
    for loss, steps in ((1.0, False), (3.0, True), (4.0, False), (8.0, True), (5.0, True)):
        batch(history, trainer, loss, steps=steps)
    (line,) = read(tmp_path / "h")
    assert (line["step"], line["loss"], line["lr"]) == (2, (2 + 6) / 2, 0.2)
    assert line["images_per_second"] > 0
    assert [(progress.step, progress.steps) for progress in told] == [(1, 10), (2, 10), (3, 10)]
    assert told[0].images_per_second == 0


def test_the_losses_since_the_last_line_go_on(tmp_path):
    history, trainer = History(tmp_path / "h", 3, 10, 4, None), Trainer()
    history.on_train_start(trainer, None)
    batch(history, trainer, 1.0)
    other = History(tmp_path / "h", 3, 10, 4, None)
    other.load_state_dict(history.state_dict())
    other.on_train_start(trainer, None)
    batch(other, trainer, 2.0)
    batch(other, trainer, 6.0)
    assert [line["loss"] for line in read(tmp_path / "h")] == [3.0]


def test_lines_after_the_checkpoint_are_removed(tmp_path):
    path = tmp_path / "h"
    path.write_text('{"step": 1}\n{"step": 2}\n{"step": 3}\n{"step": 2, "val/dice": 0.5}\n{"step": 2}')
    trainer = Trainer()
    trainer.global_step = 2
    History(path, 1, 10, 4, None).on_train_start(trainer, None)
    assert path.read_text() == '{"step": 1}\n{"step": 2}\n{"step": 2, "val/dice": 0.5}\n'


def test_validations_have_a_line_and_are_told(tmp_path):
    told = []
    history, trainer = History(tmp_path / "h", 1, 10, 4, told.append), Trainer()
    history.on_train_start(trainer, None)
    batch(history, trainer, 1.0)
    trainer.callback_metrics["val/dice"] = torch.tensor(0.5)
    history.on_validation_end(trainer, None)
    assert read(tmp_path / "h")[-1] == {"step": 1, "val/dice": 0.5}
    assert [progress.validated for progress in told] == [False, True]
    assert told[-1].values["val/dice"] == 0.5


def test_the_first_process_alone_writes(tmp_path):
    told = []
    history, trainer = History(tmp_path / "h", 1, 10, 4, told.append), Trainer(rank=1)
    history.on_train_start(trainer, None)
    batch(history, trainer, 1.0)
    history.on_validation_end(trainer, None)
    assert not told
    assert not (tmp_path / "h").exists()
