"""A recipe of fine-tuning: all that decides a run, typed, in one YAML file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from ultrasam.downstream.data.options import ReadingOptions
from ultrasam.downstream.loss import HeadLossSettings
from ultrasam.errors import InputError
from ultrasam.modeling.heads.config import HEADS_OF, INSTANCE_WIDTH_STEP, HeadConfig, HeadKind, Pooling, TaskKind
from ultrasam.modeling.lora import LoraTarget
from ultrasam.training.augmentation import AugmentationSettings
from ultrasam.training.prompts import PromptSettings
from ultrasam.training.recipe import ModelSettings, OptimiserSettings, RunSettings
from ultrasam.training.settings import Settings
from ultrasam.training.settings_file import read_settings, read_text

if TYPE_CHECKING:
    from typing_extensions import Self

#: What of the network is trained beside the head: all of the encoder, nothing, low-rank updates, adapters, or all but
#: its first stages.
What: TypeAlias = Literal["all", "head", "lora", "adapters", "partial"]
#: Channels of the dense heads where the recipe names none: Mask2Former's queries need more than sums of maps do.
_WIDTHS = {"semantic": 128, "instance": 256}
#: Augmentation where values are predicted and the recipe names nothing else.
_SIZE_KEPT: dict[str, dict[str, Any]] = {
    "fan": {"probability": 0.0},
    "affine": {"scale": (1.0, 1.0)},
    "depth_crop": {"probability": 0.0},
}


class FinetuneData(Settings):
    """What is learned from.

    Attributes:
        path: a COCO file or folder, a folder per class, image and mask folders, or a table.
        reading: what its layout leaves open, and how it is split.
        images: images in a batch, on each device.
        workers: processes that read and augment, on each device; 0 reads in the training process.
        val_images: at most so many validation images; 0 takes all.
        cache_gb: room on the disk for what a frozen encoder finds, in GB; where that is too little, images are encoded
            anew each time.
    """

    path: str = ""
    reading: ReadingOptions = ReadingOptions()
    images: int = Field(8, ge=1)
    workers: int = Field(0, ge=0)
    val_images: int = Field(0, ge=0)
    cache_gb: float = Field(20.0, gt=0)


class FinetuneModel(ModelSettings):
    """What is fine-tuned.

    Attributes:
        weights: what it starts from: a name of the registry, a file, ``"random"``, or an ImageNet file.
        encoder: the image encoder, where the weights are random.
    """

    encoder: Literal["tiny_vit", "vit_b"] = "tiny_vit"


class HeadSettings(Settings):
    """The network on top of the encoder, as far as the task leaves it open.

    Attributes:
        kind: of classification and regression: ``"pooled"`` asks the image, ``"prompted"`` one object that a point, a
            box or a mask shows.
        pooling: of a pooled head: ``"average"`` or ``"attention"``.
        dropout: share of the features that a pooled or prompted head drops in training.
        width: channels of a dense head; None: 128, of instances 256.
        queries: most objects that are found in an image.
        decoder_layers: of the decoder that finds objects.
        encoder_layers: of the decoder of pixels before it.
    """

    kind: Literal["pooled", "prompted"] = "pooled"
    pooling: Pooling = "average"
    dropout: float = Field(0.1, ge=0, lt=1)
    width: int | None = Field(None, ge=INSTANCE_WIDTH_STEP, le=1024, multiple_of=INSTANCE_WIDTH_STEP)
    queries: int = Field(20, ge=1, le=300)
    decoder_layers: int = Field(3, ge=1, le=20)
    encoder_layers: int = Field(3, ge=1, le=12)


class FinetuneTrainable(Settings):
    """What is trained beside the head.

    Attributes:
        what: of the image encoder: ``"all"`` of it; ``"head"``, nothing; ``"lora"``, low-rank updates of its attention,
            which are folded into its weights at the end; ``"adapters"`` in its attention blocks; ``"partial"``, all
            but its first stages.
        lora_rank: rank of the low-rank updates.
        lora_targets: which linear layers of the attention have updates.
        adapter_dim: width of the adapters in channels.
        frozen_stages: with ``"partial"``: how many of the encoder's first stages (TinyViT, of 4) or blocks (ViT)
            stay as they are.
    """

    what: What = "all"
    lora_rank: int = Field(16, ge=1, le=1024)
    lora_targets: tuple[LoraTarget, ...] = Field(("qkv",), min_length=1)
    adapter_dim: int = Field(64, ge=1, le=4096)
    frozen_stages: int = Field(2, ge=1)


class FinetuneOptimiser(OptimiserSettings):
    """AdamW with linear warm-up and a cosine to the end; see :class:`~ultrasam.training.recipe.OptimiserSettings`.

    Attributes:
        head_lr_factor: the head's learning rate, in shares of ``lr``.
    """

    head_lr_factor: float = Field(5.0, gt=0)
    warmup_steps: int = Field(50, ge=0)


class FinetuneRun(RunSettings):
    """How long, and on what; see :class:`~ultrasam.training.recipe.RunSettings`.

    Attributes:
        patience: end after so many validations of which none was the best so far; 0 never does.
    """

    steps: int = Field(1000, ge=1)
    validate_every: int = Field(100, ge=1)
    patience: int = Field(0, ge=0)


class FinetuneRecipe(Settings):
    """All that decides a run of fine-tuning.

    Attributes:
        task: what the network shall answer.
        name: what it is called in the model's card.
        data: what is learned from.
        model: what is fine-tuned.
        head: the network on top of the encoder.
        trainable: what is trained beside the head.
        prompts: what a prompted head is shown; only the first prompt of an object counts.
        augmentation: how images vary. With a frozen encoder they are mirrored left to right at most. For values, which
            may be sizes, nothing is magnified or bent unless the recipe says so.
        loss: what a wrong answer costs.
        optimiser: how weights change.
        run: how long, and on what.

    Example:
        >>> FinetuneRecipe(task="semantic").head_config(3).width
        128
    """

    task: TaskKind = "classification"
    name: str = "own"
    data: FinetuneData = FinetuneData()
    model: FinetuneModel = FinetuneModel()
    head: HeadSettings = HeadSettings()
    trainable: FinetuneTrainable = FinetuneTrainable()
    prompts: PromptSettings = PromptSettings()
    augmentation: AugmentationSettings = AugmentationSettings()
    loss: HeadLossSettings = HeadLossSettings()
    optimiser: FinetuneOptimiser = FinetuneOptimiser()
    run: FinetuneRun = FinetuneRun()

    @model_validator(mode="before")
    @classmethod
    def _values_keep_their_size(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("task") != "regression":
            return values
        given = values.get("augmentation", {})
        if not isinstance(given, dict):
            return values
        kept = {
            name: {**default, **given[name]} if isinstance(given.get(name), dict) else given.get(name, default)
            for name, default in _SIZE_KEPT.items()
        }
        return {**values, "augmentation": {**given, **kept}}

    @model_validator(mode="after")
    def _task_and_data_agree(self) -> Self:
        reading = self.data.reading
        if (self.task == "regression") != bool(reading.targets):
            raise ValueError(
                f"Expected data.reading.targets with the task regression and with no other, but got "
                f"{', '.join(reading.targets) or 'none'} with {self.task}."
            )
        if reading.several and self.task != "classification":
            raise ValueError(f"Expected data.reading.several with the task classification, but got {self.task}.")
        return self

    @property
    def head_kind(self) -> HeadKind:
        """The head that answers the task."""
        kinds = HEADS_OF[self.task]
        return self.head.kind if self.head.kind in kinds else kinds[0]

    @property
    def is_prompted(self) -> bool:
        """Whether the network is asked about an object that a prompt shows."""
        return self.head_kind == "prompted"

    def head_config(self, outputs: int) -> HeadConfig:
        """The head for so many classes or values."""
        head, kind = self.head, self.head_kind
        return HeadConfig(
            kind,
            outputs,
            pooling=head.pooling,
            dropout=head.dropout,
            width=head.width or _WIDTHS.get(kind, 128),
            queries=head.queries,
            decoder_layers=head.decoder_layers,
            encoder_layers=head.encoder_layers,
        )


def read_finetune_recipe(
    path: str | os.PathLike[str] | None = None, *, overrides: Sequence[str] = ()
) -> FinetuneRecipe:
    """Read a recipe and replace some of its values.

    Args:
        path: a YAML file; None starts from the defaults.
        overrides: ``"optimiser.lr=1e-4"``: a path of names and a value in YAML.

    Raises:
        InputError: no such file, no YAML, a name or a value that makes no sense.
    """
    if path is None:
        return read_settings(FinetuneRecipe, None, "the given values", overrides=overrides)
    file = Path(path)
    if not file.is_file():
        raise InputError(f"Expected a recipe of fine-tuning as a YAML file, but there is none at {file}.")
    return read_settings(FinetuneRecipe, read_text(file), file.name, overrides=overrides)
