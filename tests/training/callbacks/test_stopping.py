from __future__ import annotations

import os
import signal
from time import monotonic
from types import SimpleNamespace

import pytest

from ultrasam.training.callbacks import LastValidation, Stop, stopping


def never(step):
    return False


class Trainer(SimpleNamespace):
    """As much of a trainer as these ask; ``others`` says whether another process wants to stop."""

    def __init__(self, others=False):
        super().__init__(
            global_step=0,
            val_check_batch=100,
            fit_loop=SimpleNamespace(epoch_loop=SimpleNamespace(max_steps=10)),
            strategy=SimpleNamespace(reduce_boolean_decision=lambda wish, all: wish or others),
        )

    @property
    def ends_at(self):
        return self.fit_loop.epoch_loop.max_steps


@pytest.fixture
def handlers():
    """What listens before, as in a terminal: a background job may ignore SIGINT."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    terminal = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    for number, handler in terminal.items():
        signal.signal(number, handler)
    yield terminal
    for number, handler in before.items():
        signal.signal(number, handler)


def begin(stop, trainer):
    stop.on_fit_start(trainer, None)
    stop.on_train_start(trainer, None)


def step(stop, trainer, *, steps=1):
    trainer.global_step += steps
    stop.on_train_batch_end(trainer, None, None, None, 0)


def test_without_a_reason_it_goes_on(handlers):
    stop, trainer = Stop(monotonic() + 3600, never), Trainer()
    begin(stop, trainer)
    step(stop, trainer)
    stop.on_train_end(trainer, None)
    assert (stop.reason, trainer.ends_at) == (None, 10)
    assert {number: signal.getsignal(number) for number in handlers} == handlers


def test_when_its_time_is_over_it_ends_after_a_whole_step(handlers):
    stop, trainer = Stop(monotonic(), never), Trainer()
    begin(stop, trainer)
    step(stop, trainer, steps=0)
    assert trainer.ends_at == 10
    step(stop, trainer)
    assert (stop.reason, stop.was_told, trainer.ends_at) == ("its time is over", False, 1)


@pytest.mark.parametrize(("validation_s", "ends_at"), [(None, 4), (30, 4), (38, 4), (42, 3), (1000, 3)])
def test_a_validation_that_would_not_fit_is_not_begun(handlers, monkeypatch, validation_s, ends_at):
    """Steps take 10 seconds, the time is 80 seconds, after step 4 there is a validation."""
    clock = [0.0]
    monkeypatch.setattr(stopping, "monotonic", lambda: clock[0])
    before = Stop(None, never)
    if validation_s is not None:
        before.on_validation_start(Trainer(), None)
        clock[0] += validation_s
        before.on_validation_end(Trainer(), None)
    clock[0] = 0.0
    stop, trainer = Stop(80, lambda step: step == 4), Trainer()
    stop.load_state_dict(before.state_dict())
    begin(stop, trainer)
    while trainer.global_step < min(trainer.ends_at, 4):
        clock[0] += 10
        step(stop, trainer)
    assert trainer.global_step == ends_at
    assert stop.reason == ("its time is over" if ends_at == 3 else None)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_after_the_step_and_the_next_is_not_caught(handlers, caplog, name):
    stop, trainer = Stop(None, never), Trainer()
    begin(stop, trainer)
    os.kill(os.getpid(), signal.Signals[name])
    assert {number: signal.getsignal(number) for number in handlers} == handlers
    assert caplog.messages == [f"Ends after this step ({name})."]
    step(stop, trainer)
    assert (stop.reason, stop.was_told, trainer.ends_at) == (f"it was told to end ({name})", True, 1)


def test_a_background_job_goes_on_ignoring_ctrl_c(handlers):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop, trainer = Stop(None, never), Trainer()
    begin(stop, trainer)
    os.kill(os.getpid(), signal.SIGINT)
    assert stop.reason is None
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    stop.on_train_end(trainer, None)


def test_all_processes_end_together(handlers):
    stop, trainer = Stop(None, never), Trainer(others=True)
    begin(stop, trainer)
    step(stop, trainer)
    assert (stop.reason, stop.was_told, trainer.ends_at) == ("another process stopped", False, 1)


def test_a_process_that_reads_images_does_not_listen(handlers, caplog):
    stop = Stop(None, never)
    begin(stop, Trainer())
    stop._process += 1
    os.kill(os.getpid(), signal.SIGINT)
    assert (stop.reason, caplog.messages) == (None, [])


def test_an_exception_gives_the_signals_back(handlers):
    stop, trainer = Stop(None, never), Trainer()
    begin(stop, trainer)
    stop.on_exception(trainer, None, RuntimeError())
    assert {number: signal.getsignal(number) for number in handlers} == handlers


def test_the_last_step_is_validated():
    last, trainer = LastValidation(3), Trainer()
    found = []
    for trainer.global_step in (1, 2, 3):
        last.on_train_batch_end(trainer, None, None, None, 0)
        found.append(trainer.val_check_batch)
    assert found == [100, 100, 1]
