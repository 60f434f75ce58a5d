"""Embeddings of a frozen image encoder: computed once, kept on the disk, read by every epoch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor

from ultrasam.errors import ImageError, InputError, TrainingError
from ultrasam.imaging import read
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.inference.pipelines import SamPipeline
from ultrasam.modeling.sam import Sam
from ultrasam.training.dataset import AnnotatedImage
from ultrasam.types import Pixels

log = logging.getLogger(__name__)

#: Embeddings are kept in half precision: their rounding is far below what training moves.
_STORED = torch.float16
#: Images encoded at once. A processor is not quicker with several, and alone each is the same whatever was missing.
_AT_ONCE, _AT_ONCE_ON_CPU = 4, 1
#: Room for what a file says about its tensor.
_HEADER_BYTES = 256


class StoredEmbeddings:
    """Gives the embedding of an image's pixels from the disk; picklable, for worker processes.

    Args:
        folder: where they lie.
        gigabytes: room for them.
        weights_sha256: of the file that the encoder is from.
        pipeline_name: how pixels are prepared, as the checkpoint names it.
        input_size: side of the network's input in pixels.
    """

    def __init__(
        self, folder: Path, gigabytes: float, *, weights_sha256: str, pipeline_name: str, input_size: int
    ) -> None:
        self._cache = EmbeddingCache(folder, max_bytes=int(gigabytes * 1e9))
        self._facts = {"weights_sha256": weights_sha256, "pipeline": pipeline_name, "input_size": input_size}
        self._input_size = input_size

    def __call__(self, pixels: Pixels) -> Tensor:
        """``(256, S/16, S/16)`` float32.

        Raises:
            TrainingError: it is not there any more.
        """
        found = self._cache.get(self._key(pixels))
        if found is None:
            raise TrainingError(
                f"Expected an embedding in {self._cache.folder}, but it is gone or damaged: start the run again, which "
                "computes what is missing."
            )
        return found[0].float()

    def fill(
        self,
        network: Sam,
        pipeline: SamPipeline,
        images: Iterable[AnnotatedImage],
        on_image: Callable[[int], None] | None = None,
    ) -> None:
        """Compute what is missing.

        Args:
            network: its image encoder is used where the network is.
            pipeline: how pixels are prepared.
            images: which may have been embedded already.
            on_image: is told the number of images done.

        Raises:
            InputError: there is no room for all of them, or they cannot be written.
        """
        entries = list(images)
        grid = self._input_size // 16
        needed = len(entries) * (network.config.embed_dim * grid * grid * _STORED.itemsize + _HEADER_BYTES)
        if needed > self._cache.max_bytes:
            raise InputError(
                f"Expected room for the embeddings of {len(entries)} images, {needed / 1e9:.1f} GB, but "
                f"data.cache_gb is {self._cache.max_bytes / 1e9:.1f}: raise it, or take fewer images or smaller ones."
            )
        was_training = network.training
        network.eval()
        device = next(network.parameters()).device
        at_once = _AT_ONCE_ON_CPU if device.type == "cpu" else _AT_ONCE
        keys: list[str] = []
        missing: dict[str, Tensor] = {}
        for number, entry in enumerate(entries, 1):
            pixels = _pixels(entry)
            if pixels is not None:
                keys.append(self._key(pixels))
                if not self._cache.contains(keys[-1]):
                    missing[keys[-1]] = pipeline.to_input(
                        pixels, pipeline.frame((pixels.shape[0], pixels.shape[1]), self._input_size)
                    )
            if missing and (len(missing) == at_once or number == len(entries)):
                with torch.no_grad():
                    found = network.encode_image(torch.stack(list(missing.values())).to(device))
                for key, embedding in zip(missing, found, strict=True):
                    self._cache.put(key, embedding[None].to(_STORED))
                missing = {}
            if on_image is not None:
                on_image(number)
        network.train(was_training)
        lost = sum(not self._cache.contains(key) for key in keys)
        if lost:
            raise InputError(
                f"Expected the embeddings of {len(keys)} images in {self._cache.folder}, but {lost} could not be kept "
                "there: see that it can be written and that its disk has room."
            )

    def _key(self, pixels: Pixels) -> str:
        return EmbeddingCache.key(pixels, **self._facts, dtype=_STORED)  # type: ignore[arg-type]


def _pixels(entry: AnnotatedImage) -> Pixels | None:
    """An image's pixels, or None where it cannot be read, with a warning: training passes it over as well."""
    try:
        return read(entry.image.path).frame(0).pixels
    except ImageError as error:
        log.warning("%s is not embedded: %s", entry.name, error)
        return None
