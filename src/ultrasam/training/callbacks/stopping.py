"""How a run ends before its last step: when its time is over, or when it is told to."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytorch_lightning as pl

log = logging.getLogger(__name__)


class Stop(pl.Callback):
    """Ends a run after a whole optimiser step: after ``max_seconds``, on Ctrl-C, or on SIGTERM.

    Args:
        max_seconds: from the start of training; None has no bound.

    Attributes:
        reason: why it ended early; None where it did not.
    """

    def __init__(self, max_seconds: float | None) -> None:
        self._max_seconds = max_seconds
        self._began = monotonic()
        self._handlers: dict[signal.Signals, Any] = {}
        self._last_step = -1
        self.reason: str | None = None

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin to listen; a second Ctrl-C ends at once."""
        self._began = monotonic()
        self._last_step = trainer.global_step
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._handlers[number] = signal.signal(number, self._on_signal)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Stop if it is time, once the optimiser has stepped."""
        if trainer.global_step == self._last_step:
            return
        self._last_step = trainer.global_step
        if self._max_seconds is not None and monotonic() - self._began > self._max_seconds and self.reason is None:
            self.reason = "its time is over"
        # All processes stop at the same step, or the others would wait for ever.
        if trainer.strategy.reduce_boolean_decision(self.reason is not None, all=False):
            self.reason = self.reason or "another process stopped"
            trainer.should_stop = True

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Listen no more."""
        self._restore()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """Listen no more."""
        self._restore()

    def _on_signal(self, number: int, frame: Any) -> None:
        del frame
        name = signal.Signals(number).name
        self.reason = f"it was told to end ({name})"
        self._restore()
        log.warning("Ends after this step (%s).", name)

    def _restore(self) -> None:
        handlers: dict[signal.Signals, Callable[..., Any] | int | None] = self._handlers
        for number, handler in handlers.items():
            signal.signal(number, handler)
        self._handlers = {}
