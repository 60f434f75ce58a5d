"""What a run of fine-tuning is made of: the network with its head, and the images that it learns from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from ultrasam.downstream.data import Example, ExampleSet
from ultrasam.downstream.parts import prepare_with_head
from ultrasam.downstream.recipe import FinetuneRecipe
from ultrasam.downstream.targets import Targets
from ultrasam.errors import InputError
from ultrasam.inference.pipelines import SamPipeline, pipeline_of
from ultrasam.modeling.finetuned import FinetunedSam, with_head
from ultrasam.training.result import to_train
from ultrasam.training.trainable import checkpoint_encoder
from ultrasam.weights import Checkpoint
from ultrasam.weights.initial import initial_network

#: What the seed is used for here.
_FOR_FIRST_WEIGHTS = 3


@dataclass(frozen=True, eq=False)
class Job:
    """What a run is made of.

    Attributes:
        recipe: of it.
        folder: of it.
        data: what is learned from.
        train: its images for training.
        val: its images that choose the best weights.
        targets: what is answered.
        network: with first weights and a new head.
        initial: where the first weights are from.
        pipeline: how pixels are prepared.
        input_size: side of the network's input in pixels.
    """

    recipe: FinetuneRecipe
    folder: Path
    data: ExampleSet
    train: tuple[Example, ...]
    val: tuple[Example, ...]
    targets: Targets
    network: FinetunedSam
    initial: Checkpoint
    pipeline: SamPipeline
    input_size: int

    @classmethod
    def of(cls, recipe: FinetuneRecipe, folder: Path, data: ExampleSet) -> Job:
        """Put together what a recipe says.

        Raises:
            InputError: a part of the data is empty, or objects are asked about and there are none.
            WeightsError: there are no such first weights.
        """
        train, val = data.part("train"), data.part("val")
        targets = Targets.of(recipe.task, data.classes, train, several=data.several, is_prompted=recipe.is_prompted)
        if recipe.is_prompted:
            train, val = (tuple(e for e in part if targets.objects(e)) for part in (train, val))
        if recipe.data.val_images and len(val) > recipe.data.val_images:
            chosen = np.random.default_rng(recipe.run.seed).permutation(len(val))[: recipe.data.val_images]
            val = tuple(val[i] for i in sorted(chosen.tolist()))
        world_size = recipe.run.devices * recipe.run.nodes
        if not train or len(val) < world_size:
            needed = "with masks of objects to ask about " if recipe.is_prompted else ""
            raise InputError(
                f"Expected images {needed}to train on and, for each of {world_size} devices, one to validate on, but "
                f"{data.name} has {len(train)} and {len(val)}."
            )
        model = recipe.model
        sam, initial = initial_network(model.weights, seed=recipe.run.seed, encoder=model.encoder)
        # A head that prompts are for learns as SAM is trained, whatever else the weights could do with prompts.
        initial = to_train(initial) if recipe.is_prompted else initial
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.run.seed)
            network = with_head(sam, recipe.head_config(len(data.classes)))
        prepare_with_head(network, recipe.trainable, np.random.default_rng((recipe.run.seed, _FOR_FIRST_WEIGHTS)))
        checkpoint_encoder(network, model.checkpoint_encoder)
        return cls(
            recipe=recipe,
            folder=folder,
            data=data,
            train=train,
            val=val,
            targets=targets,
            network=network,
            # The tensors are the network's own, which training changes.
            initial=replace(initial, state_dict={}),
            pipeline=pipeline_of(initial),
            input_size=model.input_size or initial.input_size,
        )
