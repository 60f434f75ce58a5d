"""A validation after the last step, where the steps are no multiple of those between validations."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl


class LastValidation(pl.Callback):
    """Makes the last step one that is validated, inside of training, so that its weights may be the best, too.

    Args:
        steps: of the whole run.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Validate after every batch from now on: there is none more."""
        if trainer.global_step >= self._steps:
            trainer.val_check_batch = 1
