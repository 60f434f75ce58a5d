from __future__ import annotations

from types import SimpleNamespace

import pytorch_lightning as pl
import torch

from ultrasam.training.callbacks import WeightAverage


class Line(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
        self.fixed = torch.nn.Parameter(torch.tensor([5.0]), requires_grad=False)


def after(average, module, step, value):
    """Take in a value as the weights after a step."""
    with torch.no_grad():
        module.slope.copy_(torch.tensor(value))
    average.on_train_batch_end(SimpleNamespace(global_step=step), module, None, None, 0)


def begun(decay=0.9):
    average, module = WeightAverage(decay), Line()
    average.on_fit_start(SimpleNamespace(), module)
    return average, module


VALUES = {1: [2.0, 0.0], 2: [4.0, 1.0], 3: [0.0, 3.0]}


def by_hand(decay=0.9):
    expected = torch.tensor([1.0, -2.0])
    for step, value in VALUES.items():
        kept = min(decay, (1 + step) / (10 + step))
        expected = kept * expected + (1 - kept) * torch.tensor(value)
    return expected


def test_the_average_by_hand():
    for decay in (0.9, 0.2):
        average, module = begun(decay)
        for step, value in VALUES.items():
            after(average, module, step, value)
        with average.in_place(module):
            torch.testing.assert_close(module.slope.detach(), by_hand(decay))


def test_a_batch_without_a_step_counts_nothing():
    average, module = begun()
    for step, value in VALUES.items():
        after(average, module, step, value)
        after(average, module, step, [99.0, 99.0])
    with average.in_place(module):
        torch.testing.assert_close(module.slope.detach(), by_hand())


def test_validation_sees_the_average_and_training_goes_on_as_if_not():
    average, module = begun()
    for step, value in VALUES.items():
        after(average, module, step, value)
    own = module.slope.detach().clone()
    average.on_validation_start(SimpleNamespace(), module)
    seen = module.slope.detach().clone()
    with average.in_place(module):
        assert torch.equal(module.slope, seen)
    assert torch.equal(module.slope, seen), "in place already: it stays"
    average.on_validation_end(SimpleNamespace(), module)
    torch.testing.assert_close(seen, by_hand())
    assert torch.equal(module.slope, own)
    assert module.fixed.item() == 5


def test_it_goes_on_from_its_state():
    average, module = begun()
    after(average, module, 1, VALUES[1])
    other = WeightAverage(0.9)
    other.load_state_dict(average.state_dict())
    other.on_fit_start(SimpleNamespace(), module)
    after(other, module, 1, [99.0, 99.0])
    for step in (2, 3):
        after(other, module, step, VALUES[step])
    with other.in_place(module):
        torch.testing.assert_close(module.slope.detach(), by_hand())
    assert list(other.state_dict()["average"]) == ["slope"], "what is frozen has no average"
