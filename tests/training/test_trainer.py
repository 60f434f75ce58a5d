from __future__ import annotations

import signal
from types import SimpleNamespace

import pytest

from ultrasam.errors import TrainingError
from ultrasam.training.trainer import fitting


@pytest.fixture
def trainer():
    killed = []
    return SimpleNamespace(strategy=SimpleNamespace(launcher=SimpleNamespace(kill=killed.append)), killed=killed)


def test_whatever_ends_it_early_ends_the_other_processes(trainer):
    for error in (TrainingError, OSError, KeyboardInterrupt, SystemExit):
        with pytest.raises(error), fitting(trainer):
            raise error
    assert trainer.killed == 4 * [signal.SIGKILL]


def test_what_ends_in_good_order_kills_nothing(trainer):
    with fitting(trainer):
        pass
    assert trainer.killed == []


def test_one_process_has_no_launcher():
    alone = SimpleNamespace(strategy=SimpleNamespace(launcher=None))
    with pytest.raises(TrainingError), fitting(alone):
        raise TrainingError


def test_a_second_ctrl_c_comes_back_as_what_it_was(trainer):
    end = SystemExit(1)
    end.__context__ = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt), fitting(trainer):
        raise end
