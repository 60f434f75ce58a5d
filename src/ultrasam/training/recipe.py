"""A recipe: all that decides a training run, typed, in one YAML file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from ultrasam.errors import InputError
from ultrasam.training.augmentation import AugmentationSettings
from ultrasam.training.loss import LossSettings
from ultrasam.training.prompts import PromptSettings
from ultrasam.training.recipe_files import recipe_names, recipe_text
from ultrasam.training.settings import Settings
from ultrasam.training.settings_file import read_settings, read_text
from ultrasam.training.trainable import TrainableSettings
from ultrasam.weights import DEFAULT
from ultrasam.weights.input_size import MAX_INPUT_SIZE, STEP

if TYPE_CHECKING:
    from typing_extensions import Self

#: From 0 to below 1.
Share: TypeAlias = Annotated[float, Field(ge=0, lt=1)]


class DataSettings(Settings):
    """What is trained on.

    Attributes:
        folders: COCO folders, COCO files, or folders of such folders.
        weights: how often images of a data set, by its name, come, against those of others; 1 where it is not named.
            Data sets of one weight come alike often, however many images they have.
        leave_out: names of data sets that are never used, wherever they are found.
        train_split: the split to train on.
        val_split: the split that chooses the best weights.
        images: images in a batch, on each device.
        objects: objects asked about in an image; where it has fewer, some are asked twice, each time otherwise.
        workers: processes that read and augment, on each device; 0 reads in the training process.
        val_images: at most so many validation images of each data set; 0 takes all.
        val_objects: at most so many objects of a validation image.
        cache_gb: room on the disk for embeddings, in GB, where the image encoder is frozen.
        allow_shared_patients: whether images of one patient may be both in training and in validation. What is then
            best in validation need not be best for other patients.
    """

    folders: tuple[str, ...] = ()
    weights: dict[str, Annotated[float, Field(gt=0)]] = Field({})
    leave_out: tuple[str, ...] = ()
    train_split: str = "train"
    val_split: str = "val"
    images: int = Field(4, ge=1)
    objects: int = Field(2, ge=1)
    workers: int = Field(0, ge=0)
    val_images: int = Field(20, ge=0)
    val_objects: int = Field(3, ge=1)
    cache_gb: float = Field(20.0, gt=0)
    allow_shared_patients: bool = False


class ModelSettings(Settings):
    """What is trained.

    Attributes:
        weights: what it starts from: a name of the registry or a file.
        input_size: side of the network's input in pixels, a multiple of 64; None: that of the weights.
        checkpoint_encoder: compute the encoder's activations twice instead of keeping them: less memory, a third
            more time.
    """

    weights: str = DEFAULT
    input_size: int | None = Field(None, ge=STEP, le=MAX_INPUT_SIZE, multiple_of=STEP)
    checkpoint_encoder: bool = False


class OptimiserSettings(Settings):
    """AdamW (Loshchilov & Hutter 2019) with linear warm-up and a cosine to the end.

    Attributes:
        lr: of the prompt encoder and mask decoder, at its highest.
        encoder_lr_factor: the image encoder's learning rate, in shares of ``lr``.
        layer_decay: factor per layer from the image encoder's last to its first; 1 is none.
        weight_decay: of matrices and kernels; biases, norms and embeddings have none.
        betas: AdamW's, from 0 to below 1.
        warmup_steps: from 0 to ``lr``.
        schedule: ``"cosine"`` to ``final_lr``, ``"constant"``, or ``"steps"`` at the ``milestones``.
        final_lr: where the cosine ends, in shares of ``lr``.
        milestones: steps at which the learning rate drops to a tenth.
        clip: bound on the gradient's norm; 0 is none.
    """

    lr: float = Field(2e-4, gt=0)
    encoder_lr_factor: float = Field(1.0, gt=0)
    layer_decay: float = Field(1.0, gt=0, le=1)
    weight_decay: float = Field(1e-4, ge=0)
    betas: tuple[Share, Share] = (0.9, 0.999)
    warmup_steps: int = Field(100, ge=0)
    schedule: Literal["cosine", "constant", "steps"] = "cosine"
    final_lr: float = Field(0.01, ge=0, le=1)
    milestones: tuple[Annotated[int, Field(ge=1)], ...] = ()
    clip: float = Field(1.0, ge=0)

    @model_validator(mode="after")
    def _milestones_are_those_of_steps(self) -> Self:
        if (self.schedule == "steps") != bool(self.milestones):
            raise ValueError(
                f'Expected milestones with the schedule "steps" and with no other, but got {self.milestones} with '
                f'"{self.schedule}".'
            )
        return self


class RunSettings(Settings):
    """How long, and on what.

    Attributes:
        steps: optimiser steps.
        accumulate: batches per step.
        seed: of order, augmentation and prompts.
        precision: ``"32-true"``, or ``"bf16-mixed"``: half the memory, float32 weights.
        ema: decay of the moving average of the weights, which is what is validated and saved; 0 is none.
        validate_every: steps between validations, which also write the checkpoint that a run goes on from.
        save_every_minutes: minutes after which that checkpoint is written between validations, too.
        log_every: steps between lines of the history.
        accelerator: Lightning's: ``"auto"``, ``"cpu"``, ``"gpu"``, ``"mps"``.
        devices: how many of them on each machine.
        nodes: machines.
        strategy: Lightning's; ``"auto"``, ``"ddp"``, ….
    """

    steps: int = Field(10_000, ge=1)
    accumulate: int = Field(1, ge=1)
    seed: int = Field(0, ge=0, le=2**32 - 1)
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    ema: Share = 0.0
    validate_every: int = Field(500, ge=1)
    save_every_minutes: float = Field(5.0, gt=0)
    log_every: int = Field(10, ge=1)
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto"
    devices: int = Field(1, ge=1)
    nodes: int = Field(1, ge=1)
    strategy: str = "auto"

    def validates_after(self, step: int) -> bool:
        """Whether there is a validation between this step and the next."""
        return step % self.validate_every == 0 or step >= self.steps


class Recipe(Settings):
    """All that decides a training run.

    Attributes:
        name: what it is called in the model's card.
        data: what is trained on.
        model: what is trained.
        trainable: which part of it.
        prompts: what it is asked.
        augmentation: how images vary.
        loss: what a wrong answer costs.
        optimiser: how weights change.
        run: how long, and on what.

    Example:
        >>> recipe = read_recipe("official", overrides=["optimiser.lr=0.001"])
        >>> recipe.optimiser.lr
        0.001
    """

    name: str = "own"
    data: DataSettings = DataSettings()
    model: ModelSettings = ModelSettings()
    trainable: TrainableSettings = TrainableSettings()
    prompts: PromptSettings = PromptSettings()
    augmentation: AugmentationSettings = AugmentationSettings()
    loss: LossSettings = LossSettings()
    optimiser: OptimiserSettings = OptimiserSettings()
    run: RunSettings = RunSettings()


def read_recipe(name_or_path: str | os.PathLike[str] | None = None, *, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe and replace some of its values.

    Args:
        name_or_path: one of :func:`~ultrasam.training.recipe_names`, or a YAML file; None starts from the defaults.
        overrides: ``"optimiser.lr=1e-4"``: a path of names and a value in YAML. ``"prompts.next.click=0.3"`` replaces
            one entry of a mixture, ``"prompts.next={click: 1}"`` all of it.

    Raises:
        InputError: no such recipe, no YAML, a name or a value that makes no sense.
    """
    if name_or_path is None:
        return read_settings(Recipe, None, "the given values", overrides=overrides)
    source, text = _read(name_or_path)
    return read_settings(Recipe, text, source, overrides=overrides)


def _read(name_or_path: str | os.PathLike[str]) -> tuple[str, str]:
    names = recipe_names()
    if name_or_path in names:
        return str(name_or_path), recipe_text(str(name_or_path))
    path = Path(name_or_path)
    if not path.is_file():
        raise InputError(f"Expected one of the recipes {', '.join(names)} or a YAML file, but got {str(path)!r}.")
    return path.name, read_text(path)
