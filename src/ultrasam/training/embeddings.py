"""Embeddings of a frozen image encoder: computed once, kept on the disk, read by every epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from torch import Tensor

from ultrasam.inference.pipelines import SamPipeline
from ultrasam.modeling.sam import Sam
from ultrasam.training.dataset import AnnotatedImage
from ultrasam.training.stored_features import ImageSource, StoredFeatures, pixels_of
from ultrasam.types import Pixels


class StoredEmbeddings:
    """Gives the embedding of an image's pixels from the disk; picklable, for worker processes.

    Args:
        folder: where they lie.
        gigabytes: room for them.
        weights_sha256: of the file that the encoder is from.
        pipeline_name: how pixels are prepared, as the checkpoint names it.
        input_size: side of the network's input in pixels.
        embed_dim: channels of an embedding.
    """

    def __init__(
        self,
        folder: Path,
        gigabytes: float,
        *,
        weights_sha256: str,
        pipeline_name: str,
        input_size: int,
        embed_dim: int,
    ) -> None:
        self._features = StoredFeatures(
            folder,
            gigabytes,
            weights_sha256=weights_sha256,
            pipeline_name=pipeline_name,
            input_size=input_size,
            shapes=[(embed_dim, input_size // 16, input_size // 16)],
        )

    def __call__(self, pixels: Pixels) -> Tensor:
        """``(256, S/16, S/16)`` float32.

        Raises:
            TrainingError: it is not there any more.
        """
        (embedding,) = self._features.of_pixels(pixels)
        return embedding

    def fill(
        self,
        network: Sam,
        pipeline: SamPipeline,
        images: Iterable[AnnotatedImage],
        on_image: Callable[[int], None] | None = None,
    ) -> None:
        """Compute what is missing, as :meth:`StoredFeatures.fill`."""
        sources = [ImageSource(entry.name, partial(pixels_of, entry.image.path)) for entry in images]
        self._features.fill(network, lambda inputs: (network.encode_image(inputs),), pipeline, sources, on_image)
