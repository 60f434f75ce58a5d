"""How a run ends before its last step: when its time is over, or when it is told to."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytorch_lightning as pl

from ultrasam.training.processes import is_first_process

log = logging.getLogger(__name__)


class Stop(pl.Callback):
    """Ends a run after a whole optimiser step: when its time is over, on Ctrl-C, or on SIGTERM.

    No validation is made because of it: a run that goes on would have one more than an uninterrupted run. None is left
    out, either: where the next step has a validation after it that would not fit into the time, the run ends before
    that step. At least one step is made, whatever the time.

    Args:
        ends_at: when its time is over, by :func:`time.monotonic`; None has no bound.
        validates_after: whether there is a validation after a step.

    Attributes:
        reason: why it ended early; None where it did not.
        was_told: whether a signal was the reason.
    """

    def __init__(self, ends_at: float | None, validates_after: Callable[[int], bool]) -> None:
        self._ends_at = ends_at
        self._validates_after = validates_after
        self._step_began = self._validation_began = monotonic()
        self._validation_s = 0.0
        self._handlers: dict[signal.Signals, Any] = {}
        self._process = os.getpid()
        self._last_step = -1
        self.reason: str | None = None
        self.was_told = False

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin to listen to Ctrl-C: processes that read images are forked next, and get it, too."""
        self._listen(signal.SIGINT)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin to listen to SIGTERM, which Lightning has taken meanwhile and would end the run at once for."""
        self._step_began = monotonic()
        self._last_step = trainer.global_step
        self._listen(signal.SIGTERM)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Stop if it is time, once the optimiser has stepped."""
        if trainer.global_step == self._last_step:
            return
        self._last_step = trainer.global_step
        now = monotonic()
        step_s, self._step_began = now - self._step_began, now
        needed_s = step_s + self._validation_s if self._validates_after(trainer.global_step + 1) else 0.0
        if self._ends_at is not None and now + needed_s > self._ends_at and self.reason is None:
            self.reason = "its time is over"
        # All processes stop at the same step, or the others would wait for ever.
        if trainer.strategy.reduce_boolean_decision(self.reason is not None, all=False):
            self.reason = self.reason or "another process stopped"
            # As if the run had no more steps; after ``should_stop`` Lightning would validate first.
            trainer.fit_loop.epoch_loop.max_steps = trainer.global_step

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """See how long a validation takes."""
        self._validation_began = monotonic()

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Know how long a validation takes, pictures and files included."""
        self._step_began = monotonic()
        self._validation_s = self._step_began - self._validation_began

    def state_dict(self) -> dict[str, Any]:
        """How long a validation takes, for the checkpoint: a run in short slices may have made none in this one."""
        return {"validation_s": self._validation_s}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore :meth:`state_dict`."""
        self._validation_s = float(state_dict["validation_s"])

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Listen no more."""
        self._restore()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """Listen no more."""
        self._restore()

    def _listen(self, number: signal.Signals) -> None:
        # What is ignored, as Ctrl-C in a background job, stays ignored.
        if threading.current_thread() is threading.main_thread() and signal.getsignal(number) is not signal.SIG_IGN:
            self._handlers[number] = signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: Any) -> None:
        del frame
        if os.getpid() != self._process:
            return
        name = signal.Signals(number).name
        self.reason, self.was_told = f"it was told to end ({name})", True
        # The second one ends at once.
        self._restore()
        if is_first_process():
            log.warning("Ends after this step (%s).", name)

    def _restore(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}
