"""What a frozen encoder finds in examples, as they are and mirrored: computed once, read in every round."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from torch import Tensor

from ultrasam.downstream.data.example import Example
from ultrasam.errors import InputError
from ultrasam.inference.pipelines import SamPipeline
from ultrasam.modeling.finetuned import FinetunedSam
from ultrasam.training.stored_features import ImageSource, StoredFeatures, pixels_of
from ultrasam.types import Pixels
from ultrasam.weights import Checkpoint

log = logging.getLogger(__name__)

#: Added to the name of a mirrored image.
_MIRRORED = "|mirrored"


class Features:
    """Gives what the encoder finds, by an example's name; picklable, for worker processes.

    Args:
        stored: where it lies.
    """

    def __init__(self, stored: StoredFeatures) -> None:
        self._stored = stored

    def of(self, name: str, *, is_mirrored: bool = False) -> tuple[Tensor, ...]:
        """The feature maps that the head reads, each ``(C, h, w)`` float32.

        Raises:
            TrainingError: they are not there any more.
        """
        return self._stored.of(name + _MIRRORED if is_mirrored else name)


def keep_features(
    network: FinetunedSam,
    checkpoint: Checkpoint,
    pipeline: SamPipeline,
    input_size: int,
    *,
    folder: Path,
    gigabytes: float,
    examples: Sequence[Example],
    mirrored: Sequence[Example],
    on_image: Callable[[int, int], None] | None = None,
) -> Features | None:
    """Compute what a frozen encoder finds, as far as it is not there from a former run.

    Args:
        network: with its encoder on the device that shall compute.
        checkpoint: what the encoder is from.
        pipeline: how pixels are prepared.
        input_size: side of the network's input in pixels.
        folder: where features are kept.
        gigabytes: room for them.
        examples: whose features are wanted.
        mirrored: those that are wanted mirrored, too.
        on_image: is told of images done, and of how many.

    Returns:
        None where there is no room for all of them.

    Raises:
        InputError: an image cannot be read, or features cannot be written.
    """
    stored = StoredFeatures(
        folder,
        gigabytes,
        weights_sha256=checkpoint.sha256,
        pipeline_name=checkpoint.pipeline,
        input_size=input_size,
        shapes=_shapes(network, input_size),
        kind="" if _reads_embedding(network) else "levels",
    )
    sources = [ImageSource(example.name, partial(pixels_of, example.path)) for example in examples]
    sources += [ImageSource(e.name + _MIRRORED, partial(_mirrored_pixels, e.path)) for e in mirrored]
    if not stored.has_room(len(sources)):
        log.warning(
            "What the encoder finds in %d images takes %.1f GB, for which data.cache_gb has no room: they are encoded "
            "anew each time.",
            len(sources),
            stored.needed_bytes(len(sources)) / 1e9,
        )
        return None
    report = None if on_image is None else lambda done: on_image(done, len(sources))
    stored.fill(network, network.encode_for_head, pipeline, sources, report)
    unread = [source.name.removesuffix(_MIRRORED) for source in sources if source.name not in stored]
    if unread:
        raise InputError(f"Expected to learn from {unread[0]}, but it cannot be read any more.")
    return Features(stored)


def _reads_embedding(network: FinetunedSam) -> bool:
    return network.head_config.kind in ("pooled", "prompted")


def _shapes(network: FinetunedSam, input_size: int) -> list[tuple[int, int, int]]:
    encoder = network.image_encoder
    if _reads_embedding(network):
        return [(network.config.embed_dim, input_size // encoder.stride, input_size // encoder.stride)]
    return [
        (channels, input_size // stride, input_size // stride)
        for channels, stride in zip(encoder.level_channels, encoder.level_strides, strict=True)
    ]


def _mirrored_pixels(path: Path) -> Pixels:
    return np.ascontiguousarray(pixels_of(path)[:, ::-1])
