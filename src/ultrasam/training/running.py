"""A whole run: from a recipe to weights with a card, to be gone on with wherever it was stopped."""

from __future__ import annotations

import json
import logging
import os
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import yaml
from pytorch_lightning.loggers import TensorBoardLogger

from ultrasam.cache import cache_dir
from ultrasam.errors import InputError
from ultrasam.files import written_whole
from ultrasam.inference.pipelines import pipeline_of
from ultrasam.training.callbacks import History, KeepBest, KeepLast, Pictures, Stop, WeightAverage
from ultrasam.training.callbacks.history import OnProgress
from ultrasam.training.corpus import TrainingCorpus, read_corpus
from ultrasam.training.datamodule import CorpusData
from ultrasam.training.dataset import Preparation
from ultrasam.training.embeddings import StoredEmbeddings
from ultrasam.training.module import PromptedSegmentation
from ultrasam.training.provenance import git_commit
from ultrasam.training.recipe import Recipe
from ultrasam.training.result import WEIGHTS, BestWriter
from ultrasam.training.trainable import checkpoint_encoder, prepare
from ultrasam.weights import load_network

log = logging.getLogger(__name__)

RECIPE, LAST, HISTORY, BOARD = "recipe.yaml", "last.ckpt", "history.jsonl", "tensorboard"
#: What may be otherwise when a run goes on: it changes no number.
_FREE = (("data", "workers"), ("data", "cache_gb"), ("run", "log_every"), ("run", "accelerator"), ("run", "strategy"))


@dataclass(frozen=True)
class TrainingResult:
    """What a run has come to.

    Attributes:
        folder: of the run.
        step: optimiser steps done.
        steps: of how many.
        stopped: why it ended before its last step; None where it is complete.
        best: validation values of the best weights so far, empty before the first validation.
        best_step: the step that they are from.
        weights: the file of the best weights; None before the first validation.
    """

    folder: Path
    step: int
    steps: int
    stopped: str | None
    best: dict[str, float]
    best_step: int | None
    weights: Path | None


def train(
    recipe: Recipe,
    out: str | os.PathLike[str],
    *,
    max_seconds: float | None = None,
    restart: bool = False,
    on_progress: OnProgress | None = None,
    on_embedding: Callable[[int, int], None] | None = None,
    on_corpus: Callable[[TrainingCorpus, int], None] | None = None,
) -> TrainingResult:
    """Train by a recipe; a run that was stopped goes on from its last checkpoint.

    Order, augmentation and prompts hang on the seed and the position in the run alone, and the checkpoint holds
    weights, their average and the optimiser, so that a run which was stopped gives what an uninterrupted one does.

    Args:
        recipe: all that decides it.
        out: folder of the run: ``recipe.yaml``, ``history.jsonl``, ``tensorboard/``, ``last.ckpt``, and the best
            weights as ``model.safetensors`` with ``MODEL_CARD.md``.
        max_seconds: end after this time in good order; the same call goes on.
        restart: begin anew, whatever is in the folder.
        on_progress: is told after each step.
        on_embedding: is told of images embedded, and of how many, where the encoder is frozen.
        on_corpus: is told what is trained on, and the step that the run begins at.

    Raises:
        InputError: the data, or a folder with a run of another recipe.
        TrainingError: the loss is no number any more.
    """
    folder = Path(out)
    _claim(folder, recipe, restart)
    corpus = read_corpus(recipe.data, recipe.run.seed)
    pl.seed_everything(recipe.run.seed, verbose=False)
    network, checkpoint = load_network(recipe.model.weights)
    # The tensors are the network's own, which training changes.
    checkpoint = replace(checkpoint, state_dict={})
    pipeline, input_size = pipeline_of(checkpoint), recipe.model.input_size or checkpoint.input_size
    prepare(network, recipe.trainable)
    checkpoint_encoder(network, recipe.model.checkpoint_encoder)
    stored = None
    if recipe.trainable.what == "decoder":
        stored = StoredEmbeddings(
            cache_dir("training"),
            recipe.data.cache_gb,
            weights_sha256=checkpoint.sha256,
            pipeline_name=checkpoint.pipeline,
            input_size=input_size,
        )
    preparation = Preparation(pipeline, input_size, recipe.loss.stride, stored)
    module = PromptedSegmentation(network, pipeline, recipe, corpus.val_names, folder)
    data = CorpusData(recipe, preparation, corpus.train, corpus.weights, corpus.val)

    last = folder / LAST
    average = WeightAverage(recipe.run.ema) if recipe.run.ema else None
    best = KeepBest(BestWriter(folder, module, recipe, checkpoint, input_size, corpus, git_commit()), average)
    stop = Stop(max_seconds)
    world_size = recipe.run.devices * recipe.run.nodes
    images_per_step = recipe.data.images * recipe.run.accumulate * world_size
    history = History(folder / HISTORY, recipe.run.log_every, images_per_step, on_progress)
    # The average is put in place first and taken away before anything is written that is not the average's.
    callbacks = [*([average] if average else []), Pictures(), history, best, KeepLast(last), stop]
    trainer = _trainer(recipe, folder, callbacks)
    if stored is not None:
        images = [*corpus.train, *corpus.val]
        report = None if on_embedding is None else lambda done: on_embedding(done, len(images))
        stored.fill(network.to(trainer.strategy.root_device), pipeline, images, report)
    if on_corpus is not None and trainer.is_global_zero:
        on_corpus(corpus, _step_of(last))
    with warnings.catch_warnings():
        # What Lightning advises about workers, logging and checkpoints is settled by the recipe.
        warnings.filterwarnings("ignore", module="pytorch_lightning")
        warnings.filterwarnings("ignore", message=".*lr_scheduler.step.*")
        trainer.fit(module, datamodule=data, ckpt_path=str(last) if last.is_file() else None, weights_only=False)
        if stop.reason is None and best.best_step != trainer.global_step and _needs_last_validation(recipe):
            trainer.validate(module, datamodule=data, verbose=False)
    if trainer.is_global_zero and best.best_step is not None:
        log.debug("best at step %s", best.best_step)
    weights = folder / WEIGHTS
    return TrainingResult(
        folder=folder,
        step=trainer.global_step,
        steps=recipe.run.steps,
        stopped=stop.reason,
        best=best.values,
        best_step=best.best_step,
        weights=weights if weights.is_file() else None,
    )


def _trainer(recipe: Recipe, folder: Path, callbacks: list[pl.Callback]) -> pl.Trainer:
    run = recipe.run
    strategy = run.strategy
    if strategy in ("auto", "ddp") and run.devices * run.nodes > 1:
        # A batch without mask prompts leaves the layers unused that read them.
        strategy = "ddp_find_unused_parameters_true"
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    return pl.Trainer(
        accelerator=run.accelerator,
        devices=run.devices,
        num_nodes=run.nodes,
        strategy=strategy,
        precision=run.precision,
        max_steps=run.steps,
        max_epochs=-1,
        accumulate_grad_batches=run.accumulate,
        gradient_clip_val=recipe.optimiser.clip or None,
        val_check_interval=run.validate_every * run.accumulate,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        log_every_n_steps=run.log_every,
        logger=TensorBoardLogger(folder, name="", version=BOARD),
        callbacks=callbacks,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        default_root_dir=folder,
    )


def _needs_last_validation(recipe: Recipe) -> bool:
    return recipe.run.steps % recipe.run.validate_every != 0


def _claim(folder: Path, recipe: Recipe, restart: bool) -> None:
    """Make the folder this recipe's, or find that it is."""
    if int(os.environ.get("LOCAL_RANK", 0)) or int(os.environ.get("NODE_RANK", 0)):
        return
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / RECIPE
    if restart:
        for name in (RECIPE, LAST, HISTORY, WEIGHTS, "MODEL_CARD.md"):
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder / BOARD, ignore_errors=True)
    if kept.is_file():
        before = yaml.safe_load(kept.read_text(encoding="utf-8"))
        changed = _differences(before, recipe.model_dump(mode="json"))
        if changed:
            raise InputError(
                f"Expected the recipe of the run in {folder}, but {'; '.join(changed[:5])}: give its own values, "
                "another folder, or --restart."
            )
    with written_whole(kept) as temporary:
        temporary.write_text(recipe.to_yaml(), encoding="utf-8")


def _differences(before: Any, now: Any, path: tuple[str, ...] = ()) -> list[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        names = sorted(before.keys() | now.keys())
        return [text for name in names for text in _differences(before.get(name), now.get(name), (*path, name))]
    if path in _FREE or before == now:
        return []
    return [f"{'.'.join(path)} was {json.dumps(before)} and is {json.dumps(now)}"]


def _step_of(checkpoint: Path) -> int:
    """The step of a checkpoint, 0 where there is none."""
    if not checkpoint.is_file():
        return 0
    import torch

    return int(torch.load(checkpoint, map_location="cpu", weights_only=False, mmap=True)["global_step"])
