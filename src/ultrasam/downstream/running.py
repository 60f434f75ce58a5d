"""A whole run of fine-tuning: from a recipe to weights that answer by themselves, to be gone on with when stopped."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from time import monotonic
from typing import Any

import pytorch_lightning as pl
import torch

from ultrasam.cache import cache_dir
from ultrasam.downstream.data import ExampleSet, read_examples
from ultrasam.downstream.datamodule import ExampleData
from ultrasam.downstream.dataset import HeadPreparation
from ultrasam.downstream.features import Features, keep_features
from ultrasam.downstream.job import Job
from ultrasam.downstream.loss import objective_of
from ultrasam.downstream.module import HeadTraining
from ultrasam.downstream.recipe import FinetuneRecipe
from ultrasam.downstream.result import BestHeadWriter, task_of
from ultrasam.downstream.scoring import VAL_SCORE, score_of
from ultrasam.errors import InputError
from ultrasam.files import alone
from ultrasam.training.callbacks import KeepBest, Patience, Stop, WeightAverage, in_order
from ultrasam.training.callbacks.history import OnProgress
from ultrasam.training.outcome import TrainingResult, state_of_best
from ultrasam.training.processes import is_first_process
from ultrasam.training.provenance import git_commit
from ultrasam.training.run_folder import LAST, check_inputs, claim, read_last
from ultrasam.training.trainer import fitting, make_trainer

log = logging.getLogger(__name__)

OnCount = Callable[[int, int], None]


def finetune(
    recipe: FinetuneRecipe,
    out: str | os.PathLike[str],
    *,
    max_seconds: float | None = None,
    restart: bool = False,
    examples: ExampleSet | None = None,
    on_progress: OnProgress | None = None,
    on_embedding: OnCount | None = None,
    on_check: OnCount | None = None,
    on_examples: Callable[[ExampleSet, int], None] | None = None,
) -> TrainingResult:
    """Fine-tune by a recipe; a run that was stopped goes on from its last checkpoint.

    As in :func:`ultrasam.training.train`, what comes at a step hangs on the seed and the step alone.

    Args:
        recipe: all that decides it.
        out: folder of the run: ``recipe.yaml``, ``history.jsonl``, ``tensorboard/``, ``last.ckpt``, and the best
            weights as ``model.safetensors`` with ``MODEL_CARD.md``.
        max_seconds: end in good order this time after the call, after one step at least; the same call goes on.
        restart: begin anew, whatever is in the folder.
        examples: what the recipe's data are, where they have been read already.
        on_progress: is told after each step.
        on_embedding: is told of images encoded, and of how many, where the encoder is frozen.
        on_check: is told of images decoded before anything else, and of how many.
        on_examples: is told what is learned from, and the step that the run begins at.

    Raises:
        InputError: the data, a folder with a run of another recipe, of other data or of other first weights, or one
            that another process is at work in.
        TrainingError: the loss or its gradient is no number any more.
        KeyboardInterrupt: Ctrl-C before the first step, or for the second time.
    """
    ends_at = None if max_seconds is None else monotonic() + max_seconds
    folder, first = Path(out), is_first_process()
    with alone(folder) if first else nullcontext():
        if first:
            claim(folder, recipe, restart=restart)
        # On another machine this process may look before the first has cleared the folder.
        last = None if restart and not first else read_last(folder)
        if examples is None:
            if not recipe.data.path:
                raise InputError("Expected data to learn from, but the recipe names none: give data.path, or --data.")
            options = recipe.data.reading
            examples = read_examples(recipe.data.path, recipe.task, options=options, on_image=on_check)
        job = Job.of(recipe, folder, examples)
        if first:
            inputs = {"the first weights": job.initial.sha256, f"data set {examples.name}": examples.sha256}
            check_inputs(folder, inputs)
        step = None if last is None else int(last["global_step"])
        if first and on_examples is not None:
            on_examples(examples, step or 0)
        if last is not None and step is not None and (step >= recipe.run.steps or _is_over(last)):
            return TrainingResult.of(folder, step, recipe.run.steps, state_of_best(last), ended_early=_is_over(last))
        # Its tensors are mapped from the file, which is about to be replaced.
        del last
        return _run(job, step, ends_at, on_progress, on_embedding if first else None)


def _run(
    job: Job, step: int | None, ends_at: float | None, on_progress: OnProgress | None, on_embedding: OnCount | None
) -> TrainingResult:
    recipe, folder, run = job.recipe, job.folder, job.recipe.run
    pl.seed_everything(run.seed, verbose=False)
    objective = objective_of(job.targets, job.network.head_config, recipe.loss, job.train)
    module = HeadTraining(job.network, job.pipeline, recipe, objective, score_of(job.targets), folder)
    task = task_of(recipe, job.targets, job.network.head_config, job.initial)
    average = WeightAverage(run.ema) if run.ema else None
    best = KeepBest(
        BestHeadWriter(
            folder, module, recipe, job.initial, job.input_size, task, job.data, job.train, job.val, git_commit()
        ),
        average,
        VAL_SCORE,
    )
    stop, patience = Stop(ends_at, run.validates_after), Patience(run.patience, best)
    callbacks = in_order(
        folder,
        run,
        recipe.data.images,
        average=average,
        best=best,
        stop=stop,
        also=[patience],
        on_progress=on_progress,
    )
    trainer = make_trainer(run, folder, callbacks)
    is_frozen = recipe.trainable.what == "head"
    features = _kept(job, trainer.strategy.root_device, on_embedding) if is_frozen else None
    preparation = HeadPreparation(job.pipeline, job.input_size, job.targets, is_frozen, features)
    data = ExampleData(recipe, preparation, job.train, job.val)
    kept = None if step is None else str(folder / LAST)
    with fitting(trainer):
        trainer.fit(module, datamodule=data, ckpt_path=kept, weights_only=True)
    return TrainingResult.of(
        folder, trainer.global_step, run.steps, best.state_dict(), stop, ended_early=patience.is_over
    )


def _kept(job: Job, device: torch.device, on_embedding: OnCount | None) -> Features | None:
    is_mirrored = job.recipe.augmentation.horizontal_flip.probability > 0
    return keep_features(
        job.network.to(device),
        job.initial,
        job.pipeline,
        job.input_size,
        folder=cache_dir("training"),
        gigabytes=job.recipe.data.cache_gb,
        examples=(*job.train, *job.val),
        mirrored=job.train if is_mirrored else (),
        on_image=on_embedding,
    )


def _is_over(last: dict[str, Any]) -> bool:
    """Whether the run that a checkpoint is of was ended by its patience."""
    return bool(last["callbacks"].get(Patience.__qualname__, {}).get("is_over", False))
