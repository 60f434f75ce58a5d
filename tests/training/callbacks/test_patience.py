from __future__ import annotations

from types import SimpleNamespace

import pytest

from ultrasam.training.callbacks import Patience


def trainer(step, *, rank=0):
    strategy = SimpleNamespace(reduce_boolean_decision=lambda decision, all: decision)
    loop = SimpleNamespace(epoch_loop=SimpleNamespace(max_steps=1000))
    return SimpleNamespace(global_step=step, is_global_zero=rank == 0, strategy=strategy, fit_loop=loop)


def validate(patience, best, steps, best_steps):
    """Validations at steps, after which the best was at these; the step at which the run ended."""
    for step, best_step in zip(steps, best_steps, strict=True):
        best.best_step = best_step
        state = trainer(step)
        patience.on_validation_end(state, None)
        if patience.is_over:
            assert state.fit_loop.epoch_loop.max_steps == step
            return step
    return None


@pytest.mark.parametrize(
    ("validations", "best_steps", "ended"),
    [
        (1, [1, 1, 1, 1], 2),
        (2, [1, 1, 3, 3, 3], 5),
        (2, [1, 2, 3, 4], None),
        (0, [1, 1, 1, 1, 1], None),
        (2, [None, None, None], 2),
    ],
)
def test_it_ends_after_so_many_in_vain(validations, best_steps, ended):
    best = SimpleNamespace(best_step=None)
    assert validate(Patience(validations, best), best, range(1, len(best_steps) + 1), best_steps) == ended


def test_a_run_taken_up_has_not_forgotten():
    best = SimpleNamespace(best_step=None)
    first = Patience(3, best)
    validate(first, best, [1, 2, 3], [1, 1, 1])
    second = Patience(3, best)
    second.load_state_dict(first.state_dict())
    assert validate(second, best, [4], [1]) == 4
    assert second.state_dict() == {"in_vain": 3, "is_over": True}


def test_the_first_process_decides():
    best = SimpleNamespace(best_step=None)
    patience = Patience(1, best)
    patience.on_validation_end(trainer(5, rank=1), None)
    assert not patience.is_over
