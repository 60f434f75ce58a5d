"""Which part of the network is trained, and what of it is saved."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ultrasam.errors import InputError
from ultrasam.modeling.adapters import Adapter, add_adapters
from ultrasam.modeling.lora import LoraTarget, add_lora, merge_lora
from ultrasam.modeling.sam import Sam
from ultrasam.modeling.tiny_vit import Stage
from ultrasam.modeling.vit import ImageEncoderViT
from ultrasam.training.settings import Settings

if TYPE_CHECKING:
    from typing_extensions import Self

_Network = TypeVar("_Network", bound=Sam)
#: What of the image encoder is trained: all of it, nothing, low-rank updates, or adapters.
Trainable: TypeAlias = Literal["all", "decoder", "lora", "adapters"]


class TrainableSettings(Settings):
    """Which parameters are trained.

    Attributes:
        what: of the image encoder: ``"all"`` of it; ``"decoder"``, nothing; ``"lora"``, low-rank updates of its
            attention (Hu et al. 2021), which are folded into its weights at the end; ``"adapters"`` in its attention
            blocks (Wu et al. 2023), which stay part of the network.
        lora_rank: rank of the low-rank updates.
        lora_alpha: an update counts alpha / rank times; None: once.
        lora_targets: which linear layers of the attention have updates.
        adapter_dim: width of the adapters in channels.
        train_prompt_encoder: whether the prompt encoder is trained.
        train_decoder: whether the mask decoder is trained.
        frozen_stages: how many of the encoder's first blocks (ViT) or stages (TinyViT) stay frozen, whatever is trained
            of the others; with the first, the patch and position embeddings. 0: none.
    """

    what: Trainable = "all"
    lora_rank: int = Field(16, ge=1, le=1024)
    lora_alpha: float | None = Field(None, gt=0)
    lora_targets: tuple[LoraTarget, ...] = Field(("qkv",), min_length=1)
    adapter_dim: int = Field(64, ge=1, le=4096)
    train_prompt_encoder: bool = True
    train_decoder: bool = True
    frozen_stages: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _something_is_trained(self) -> Self:
        if self.what == "decoder" and not (self.train_prompt_encoder or self.train_decoder):
            raise InputError(
                'Expected something to train, but got what = "decoder" without train_decoder and train_prompt_encoder.'
            )
        return self


def prepare(sam: Sam, settings: TrainableSettings, rng: np.random.Generator | None = None) -> Sam:
    """Freeze what is not trained and add what is, in place; the network computes what it did before.

    Args:
        sam: a network without low-rank updates; if it has adapters, they are trained further.
        settings: which parameters are trained.
        rng: where the first weights of updates or adapters come from; None: PyTorch's own generator.

    Returns:
        the same network.

    Raises:
        InputError: it has updates already or adapters of another width, or fewer stages than shall be frozen.
    """
    prepare_encoder(sam, settings, rng)
    sam.prompt_encoder.requires_grad_(settings.train_prompt_encoder)
    sam.mask_decoder.requires_grad_(settings.train_decoder)
    return sam


def prepare_encoder(sam: Sam, settings: TrainableSettings, rng: np.random.Generator | None = None) -> None:
    """What :func:`prepare` does with the image encoder; the other parts stay as they are."""
    generator = None if rng is None else torch.Generator().manual_seed(int(rng.integers(2**63)))
    encoder = sam.image_encoder
    encoder.requires_grad_(settings.what == "all")
    if settings.what == "lora":
        add_lora(
            sam,
            settings.lora_rank,
            alpha=settings.lora_alpha,
            targets=settings.lora_targets,
            generator=generator,
        )
    elif settings.what == "adapters":
        _prepare_adapters(sam, settings.adapter_dim, generator)
    for module in _first_stages(encoder, settings.frozen_stages):
        module.requires_grad_(False)


def finished(sam: _Network) -> _Network:
    """A copy to save or to use: updates folded in, adapters kept, nothing frozen, in evaluation mode.

    Its ``state_dict`` belongs to its ``config``; without adapters the keys are segment-anything's or MobileSAM's.
    """
    copy = deepcopy(sam)
    merge_lora(copy)
    checkpoint_encoder(copy, False)
    return copy.requires_grad_(True).eval()


def keep_batch_norm_fixed(sam: nn.Module) -> None:
    """Let all batch normalisations use their running statistics: a few images have none worth using.

    Their scales and shifts can be trained nevertheless. To be called after every ``sam.train()``.
    """
    for module in sam.modules():
        if isinstance(module, _BatchNorm):
            module.eval()


def checkpoint_encoder(sam: Sam, enabled: bool = True) -> None:
    """Compute the image encoder's blocks again in the backward pass instead of keeping what is inside them.

    Results and gradients stay the same, memory shrinks, a step takes longer. Batch normalisations have to be fixed
    (:func:`keep_batch_norm_fixed`), as they would count every batch twice.
    """
    for module in sam.image_encoder.modules():
        if isinstance(module, ImageEncoderViT | Stage):
            module.recomputes = enabled


def _prepare_adapters(sam: Sam, adapter_dim: int, generator: torch.Generator | None) -> None:
    found = sam.config.adapter_dim
    if not found:
        add_adapters(sam, adapter_dim, generator)
    elif found != adapter_dim:
        raise InputError(f"Expected adapters of adapter_dim = {adapter_dim}, but the network has some of {found}.")
    for module in sam.image_encoder.modules():
        if isinstance(module, Adapter):
            module.requires_grad_(True)


def _first_stages(encoder: nn.Module, count: int) -> list[nn.Module | nn.Parameter]:
    """The parts of an image encoder up to its first ``count`` blocks (ViT) or stages (TinyViT)."""
    children = dict(encoder.named_children())
    stages = list(children["blocks" if isinstance(encoder, ImageEncoderViT) else "layers"].children())
    if count > len(stages):
        raise InputError(f"Expected at most {len(stages)} frozen_stages, as the encoder has no more, but got {count}.")
    if not count:
        return []
    return [children["patch_embed"], *encoder.parameters(recurse=False), *stages[:count]]
