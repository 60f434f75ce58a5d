"""Lightning's trainer as a recipe sets it, silent: what is said about a run is said by its callbacks."""

from __future__ import annotations

import logging
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytorch_lightning as pl
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.strategies import DDPStrategy, Strategy

from ultrasam.training.recipe import RunSettings
from ultrasam.training.run_folder import BOARD


def make_trainer(run: RunSettings, folder: Path, callbacks: Sequence[pl.Callback]) -> pl.Trainer:
    """The trainer of a run.

    Args:
        run: steps, validations, precision and devices.
        folder: of the run.
        callbacks: in the order in which they are called.
    """
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with _without_advice():
        return pl.Trainer(
            accelerator=run.accelerator,
            devices=run.devices,
            num_nodes=run.nodes,
            strategy=_strategy(run),
            precision=run.precision,
            max_steps=run.steps,
            max_epochs=-1,
            accumulate_grad_batches=run.accumulate,
            val_check_interval=run.validate_every * run.accumulate,
            check_val_every_n_epoch=None,
            num_sanity_val_steps=0,
            log_every_n_steps=run.log_every,
            logger=TensorBoardLogger(folder, name="", version=BOARD),
            callbacks=list(callbacks),
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
            default_root_dir=folder,
        )


@contextmanager
def fitting(trainer: pl.Trainer) -> Iterator[None]:
    """Let a trainer fit without Lightning's advice, and give a second Ctrl-C back as what it was.

    Whatever ends it early also ends the processes that the trainer has started: they would wait for this one for ever.

    Raises:
        KeyboardInterrupt: Lightning ended the process for it.
    """
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT)
    try:
        with _without_advice():
            yield
    except BaseException as error:
        if trainer.strategy.launcher is not None:
            # One that waits for another process hears no milder signal; Windows has none that is harder.
            trainer.strategy.launcher.kill(getattr(signal, "SIGKILL", signal.SIGTERM))
        if isinstance(error, SystemExit) and isinstance(error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    finally:
        # Lightning leaves it ignored after a KeyboardInterrupt.
        if is_main:
            signal.signal(signal.SIGINT, handler)


def _strategy(run: RunSettings) -> str | Strategy:
    if run.strategy in ("auto", "ddp") and run.devices * run.nodes > 1:
        # A batch without mask prompts leaves the layers unused that read them. Buffers never change, and to send
        # them would wait for a process that has fewer validation images.
        return DDPStrategy(find_unused_parameters=True, broadcast_buffers=False)
    return run.strategy


@contextmanager
def _without_advice() -> Iterator[None]:
    """What Lightning and PyTorch advise about workers, logging and checkpoints is settled by the recipe."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(pytorch_lightning|lightning_fabric|lightning)(\.|$)")
        warnings.filterwarnings("ignore", message=".*lr_scheduler.step.*")
        # Of depthwise convolutions, whose gradients may lie in memory in two ways.
        warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
        yield
