"""How a run's images reach Lightning: on every process its own part, from the step on at which the run stands."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Subset

from ultrasam.training.recipe import RunSettings


class RunData(pl.LightningDataModule):
    """What the data of all runs have in common.

    Args:
        run: devices and batches per step.
        images: of a batch on each device.
        workers: processes that read, on each device.
        collate: puts items together.
    """

    def __init__(self, run: RunSettings, images: int, workers: int, collate: Callable[[Any], Any]) -> None:
        super().__init__()
        self._run = run
        self._images = images
        self._workers = workers
        self._collate = collate

    def place(self) -> dict[str, int]:
        """Where an order begins: ``start``, its position, and for which process: ``rank`` of ``world_size``."""
        trainer = self.trainer
        rank, world_size, step = (
            (0, 1, 0) if trainer is None else (trainer.global_rank, trainer.world_size, trainer.global_step)
        )
        start = step * self._run.accumulate * self._images * world_size
        return {"start": start, "rank": rank, "world_size": world_size}

    def own_part(self, dataset: Any) -> Subset[Any]:
        """This process's items of those that are seen once."""
        place = self.place()
        return Subset(dataset, range(place["rank"], len(dataset), place["world_size"]))

    def loader(self, dataset: Any, **options: Any) -> DataLoader[Any]:
        """A loader of batches, with whatever else is said of it."""
        return DataLoader(
            dataset,
            batch_size=self._images,
            num_workers=self._workers,
            collate_fn=self._collate,
            pin_memory=self._run.accelerator in ("auto", "gpu") and torch.cuda.is_available(),
            worker_init_fn=_leave_ctrl_c_to_training,
            **options,
        )


def _leave_ctrl_c_to_training(worker: int) -> None:
    """A terminal sends Ctrl-C to all processes; training ends after its step, for which it needs the workers."""
    del worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
