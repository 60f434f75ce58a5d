"""A whole run: from a recipe to weights with a card, to be gone on with wherever it was stopped."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import numpy as np
import pytorch_lightning as pl

from ultrasam.cache import cache_dir
from ultrasam.errors import InputError
from ultrasam.files import alone
from ultrasam.inference.pipelines import pipeline_of
from ultrasam.modeling.sam import Sam
from ultrasam.training.callbacks import KeepBest, Pictures, Stop, WeightAverage, in_order
from ultrasam.training.callbacks.history import OnProgress
from ultrasam.training.corpus import TrainingCorpus, read_corpus
from ultrasam.training.datamodule import CorpusData
from ultrasam.training.dataset import Preparation
from ultrasam.training.embeddings import StoredEmbeddings
from ultrasam.training.module import PromptedSegmentation
from ultrasam.training.outcome import TrainingResult, state_of_best
from ultrasam.training.processes import is_first_process
from ultrasam.training.provenance import git_commit
from ultrasam.training.recipe import Recipe
from ultrasam.training.result import BestWriter, to_train
from ultrasam.training.run_folder import LAST, check_inputs, claim, read_last
from ultrasam.training.trainable import checkpoint_encoder, prepare
from ultrasam.training.trainer import fitting, make_trainer
from ultrasam.training.without_effect import without_effect
from ultrasam.weights import Checkpoint, load_network

log = logging.getLogger(__name__)

#: What the seed is used for here; order, training and validation have other numbers.
_FOR_FIRST_WEIGHTS = 3


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
    weights, their average and the optimiser, so that a run which was stopped gives what an uninterrupted one does: on
    a CPU with as many threads to the last bit, on a GPU up to rounding.

    Args:
        recipe: all that decides it.
        out: folder of the run: ``recipe.yaml``, ``history.jsonl``, ``tensorboard/``, ``last.ckpt``, and the best
            weights as ``model.safetensors`` with ``MODEL_CARD.md``.
        max_seconds: end in good order this time after the call, after one step at least; the same call goes on. No
            validation is begun that would not fit.
        restart: begin anew, whatever is in the folder.
        on_progress: is told after each step.
        on_embedding: is told of images embedded, and of how many, where the encoder is frozen.
        on_corpus: is told what is trained on, and the step that the run begins at.

    Raises:
        InputError: the data, a folder with a run of another recipe, of other data or of other first weights, or one
            that another process is at work in.
        TrainingError: the loss or its gradient is no number any more.
        KeyboardInterrupt: Ctrl-C before the first step, or for the second time.
    """
    ends_at = None if max_seconds is None else monotonic() + max_seconds
    folder = Path(out)
    first = is_first_process()
    with alone(folder) if first else nullcontext():
        if first:
            claim(folder, recipe, restart=restart)
        # On another machine this process may look before the first has cleared the folder.
        last = None if restart and not first else read_last(folder)
        corpus = read_corpus(recipe.data, recipe.run.seed)
        network, checkpoint = load_network(recipe.model.weights)
        _check_takes_prompts(checkpoint)
        if first:
            check_inputs(folder, _inputs(corpus, checkpoint))
        if last is not None and last["global_step"] >= recipe.run.steps:
            return TrainingResult.of(folder, int(last["global_step"]), recipe.run.steps, state_of_best(last))
        start = _Start(network, checkpoint, None if last is None else int(last["global_step"]), ends_at)
        # Its tensors are mapped from the file, which is about to be replaced.
        del last
        if first:
            idle = without_effect(recipe)
            if idle:
                log.warning("Without effect, as the image encoder is frozen: %s.", ", ".join(idle))
            if on_corpus is not None:
                on_corpus(corpus, start.step or 0)
        return _run(recipe, folder, corpus, start, on_progress, on_embedding if first else None)


def _check_takes_prompts(checkpoint: Checkpoint) -> None:
    task = checkpoint.task
    if task is not None:
        raise InputError(
            "Expected promptable weights to train further, but these were fine-tuned to answer without prompts "
            f"({task.kind}): give those that they were made from ({task.initial or 'unknown'})."
        )


@dataclass(frozen=True, eq=False)
class _Start:
    """What this process begins with.

    Attributes:
        network: with the first weights.
        checkpoint: where they are from.
        step: of the checkpoint that it goes on from; None where there is none.
        ends_at: when its time is over, by :func:`time.monotonic`.
    """

    network: Sam
    checkpoint: Checkpoint
    step: int | None
    ends_at: float | None


def _run(
    recipe: Recipe,
    folder: Path,
    corpus: TrainingCorpus,
    start: _Start,
    on_progress: OnProgress | None,
    on_embedding: Callable[[int, int], None] | None,
) -> TrainingResult:
    world_size = recipe.run.devices * recipe.run.nodes
    if len(corpus.val) < world_size:
        raise InputError(
            f"Expected a validation image for each of {world_size} devices, but got {len(corpus.val)}: raise "
            "data.val_images, give more data, or take fewer devices."
        )
    pl.seed_everything(recipe.run.seed, verbose=False)
    network = start.network
    # The tensors are the network's own, which training changes.
    checkpoint = replace(to_train(start.checkpoint), state_dict={})
    pipeline, input_size = pipeline_of(checkpoint), recipe.model.input_size or checkpoint.input_size
    prepare(network, recipe.trainable, np.random.default_rng((recipe.run.seed, _FOR_FIRST_WEIGHTS)))
    checkpoint_encoder(network, recipe.model.checkpoint_encoder)
    stored = None
    if recipe.trainable.what == "decoder":
        stored = StoredEmbeddings(
            cache_dir("training"),
            recipe.data.cache_gb,
            weights_sha256=checkpoint.sha256,
            pipeline_name=checkpoint.pipeline,
            input_size=input_size,
            embed_dim=network.config.embed_dim,
        )
    preparation = Preparation(pipeline, input_size, recipe.loss.stride, stored)
    module = PromptedSegmentation(network, pipeline, recipe, corpus.val_names, folder)
    data = CorpusData(recipe, preparation, corpus.train, corpus.weights, corpus.val)

    average = WeightAverage(recipe.run.ema) if recipe.run.ema else None
    best = KeepBest(BestWriter(folder, module, recipe, checkpoint, input_size, corpus, git_commit()), average)
    stop = Stop(start.ends_at, recipe.run.validates_after)
    callbacks = in_order(
        folder,
        recipe.run,
        recipe.data.images,
        average=average,
        best=best,
        stop=stop,
        also=[Pictures(len(corpus.val_folders))],
        on_progress=on_progress,
    )
    trainer = make_trainer(recipe.run, folder, callbacks)
    if stored is not None:
        images = [*corpus.train, *corpus.val]
        report = None if on_embedding is None else lambda done: on_embedding(done, len(images))
        stored.fill(network.to(trainer.strategy.root_device), pipeline, images, report)
    kept = None if start.step is None else str(folder / LAST)
    with fitting(trainer):
        trainer.fit(module, datamodule=data, ckpt_path=kept, weights_only=True)
    return TrainingResult.of(folder, trainer.global_step, recipe.run.steps, best.state_dict(), stop)


def _inputs(corpus: TrainingCorpus, checkpoint: Checkpoint) -> dict[str, str]:
    folders = {folder.name: folder.sha256 for folder in (*corpus.train_folders, *corpus.val_folders)}
    return {"the first weights": checkpoint.sha256, **{f"data set {name}": folders[name] for name in sorted(folders)}}
