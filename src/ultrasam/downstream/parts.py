"""Which part of a network with a head is trained."""

from __future__ import annotations

import numpy as np

from ultrasam.downstream.recipe import FinetuneTrainable
from ultrasam.modeling.finetuned import FinetunedSam
from ultrasam.training.trainable import TrainableSettings, prepare_encoder


def prepare_with_head(
    network: FinetunedSam, settings: FinetuneTrainable, rng: np.random.Generator | None = None
) -> FinetunedSam:
    """Freeze what is not trained and add what is, in place.

    The head is trained always; prompt encoder and mask decoder with a prompted head, which reads them, and else not.

    Args:
        network: without low-rank updates; if it has adapters, they are trained further.
        settings: which parameters are trained.
        rng: where the first weights of updates or adapters come from; None: PyTorch's own generator.

    Returns:
        the same network.

    Raises:
        InputError: it has updates already or adapters of another width, or fewer stages than shall be frozen.
    """
    prepare_encoder(network, encoder_settings(settings), rng)
    kind = network.head_config.kind
    if kind in ("semantic", "instance"):
        # These read the encoder's levels, not what its neck makes of the last.
        network.image_encoder.neck.requires_grad_(False)
    network.prompt_encoder.requires_grad_(kind == "prompted")
    network.mask_decoder.requires_grad_(kind == "prompted")
    network.head.requires_grad_(True)
    return network


def encoder_settings(settings: FinetuneTrainable) -> TrainableSettings:
    """What is trained of the image encoder, in training's terms.

    Example:
        >>> encoder_settings(FinetuneTrainable(what="partial", frozen_stages=3)).frozen_stages
        3
    """
    is_partial = settings.what == "partial"
    return TrainableSettings(
        what="decoder" if settings.what == "head" else "all" if is_partial else settings.what,
        lora_rank=settings.lora_rank,
        lora_targets=settings.lora_targets,
        adapter_dim=settings.adapter_dim,
        frozen_stages=settings.frozen_stages if is_partial else 0,
    )
