"""What a frozen image encoder finds in images: computed once, kept on the disk, read by every epoch."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ultrasam.errors import ImageError, InputError, TrainingError
from ultrasam.imaging import read
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.inference.pipelines import SamPipeline
from ultrasam.modeling.sam import Sam
from ultrasam.types import Pixels

log = logging.getLogger(__name__)

#: Features are kept in half precision: their rounding is far below what training moves.
_STORED = torch.float16
#: Images encoded at once. A processor is not quicker with several, and alone each is the same whatever was missing.
_AT_ONCE, _AT_ONCE_ON_CPU = 4, 1
#: Room for what a file says about its tensor.
_HEADER_BYTES = 256

#: Gives the features of B network inputs ``(B, 3, S, S)``, each ``(B, C, h, w)``.
Encode = Callable[[Tensor], Sequence[Tensor]]


@dataclass(frozen=True, eq=False)
class ImageSource:
    """An image that features are wanted of.

    Attributes:
        name: by which the features are asked for.
        pixels: reads it.
    """

    name: str
    pixels: Callable[[], Pixels]


class StoredFeatures:
    """Gives the features of an image from the disk; picklable, for worker processes.

    Args:
        folder: where they lie.
        gigabytes: room for them.
        weights_sha256: of the file that the encoder is from.
        pipeline_name: how pixels are prepared, as the checkpoint names it.
        input_size: side of the network's input in pixels.
        shapes: ``(C, h, w)`` of each feature map of an image.
        kind: what the features are; those of several kinds may lie in one folder.
    """

    def __init__(
        self,
        folder: Path,
        gigabytes: float,
        *,
        weights_sha256: str,
        pipeline_name: str,
        input_size: int,
        shapes: Sequence[tuple[int, int, int]],
        kind: str = "",
    ) -> None:
        self._cache = EmbeddingCache(folder, max_bytes=int(gigabytes * 1e9))
        self._facts = {
            "weights_sha256": weights_sha256,
            "pipeline": f"{pipeline_name} {kind}".rstrip(),
            "input_size": input_size,
        }
        self._input_size = input_size
        self._shapes = tuple(shapes)
        #: Of the images that are there, so that none has to be read to be named.
        self._keys: dict[str, str] = {}

    def needed_bytes(self, count: int) -> int:
        """Room that so many images take."""
        values = sum(math.prod(shape) for shape in self._shapes)
        return count * (values * _STORED.itemsize + _HEADER_BYTES)

    def has_room(self, count: int) -> bool:
        """Whether so many images may lie there at once."""
        return self.needed_bytes(count) <= self._cache.max_bytes

    def __contains__(self, name: str) -> bool:
        """Whether :meth:`fill` has seen the image of this name."""
        return name in self._keys

    def of(self, name: str) -> tuple[Tensor, ...]:
        """The features of the image of this name, each ``(C, h, w)`` float32.

        Raises:
            TrainingError: they are not there any more.
        """
        return self._get(self._keys[name])

    def of_pixels(self, pixels: Pixels) -> tuple[Tensor, ...]:
        """The features of an image, each ``(C, h, w)`` float32.

        Raises:
            TrainingError: they are not there any more.
        """
        return self._get(self._key(pixels))

    def fill(
        self,
        network: Sam,
        encode: Encode,
        pipeline: SamPipeline,
        images: Sequence[ImageSource],
        on_image: Callable[[int], None] | None = None,
    ) -> None:
        """Compute what is missing.

        Args:
            network: whose features they are; used where it is, in evaluation mode.
            encode: gives them.
            pipeline: how pixels are prepared.
            images: which may have been computed already.
            on_image: is told the number of images done.

        Raises:
            InputError: there is no room for all of them, or they cannot be written.
        """
        if not self.has_room(len(images)):
            raise InputError(
                f"Expected room for the embeddings of {len(images)} images, "
                f"{self.needed_bytes(len(images)) / 1e9:.1f} GB, but data.cache_gb is "
                f"{self._cache.max_bytes / 1e9:.1f}: raise it, or take fewer images or smaller ones."
            )
        was_training = network.training
        network.eval()
        device = next(network.parameters()).device
        at_once = _AT_ONCE_ON_CPU if device.type == "cpu" else _AT_ONCE
        missing: dict[str, Tensor] = {}
        for number, image in enumerate(images, 1):
            pixels = _pixels(image)
            if pixels is not None:
                key = self._keys[image.name] = self._key(pixels)
                if not self._cache.contains(key):
                    missing[key] = pipeline.to_input(
                        pixels, pipeline.frame((pixels.shape[0], pixels.shape[1]), self._input_size)
                    )
            if missing and (len(missing) == at_once or number == len(images)):
                with torch.no_grad():
                    found = encode(torch.stack(list(missing.values())).to(device))
                for key, *features in zip(missing, *found, strict=True):
                    self._cache.put(key, _packed(features))
                missing = {}
            if on_image is not None:
                on_image(number)
        network.train(was_training)
        lost = sum(not self._cache.contains(key) for key in self._keys.values())
        if lost:
            raise InputError(
                f"Expected the embeddings of {len(self._keys)} images in {self._cache.folder}, but {lost} could not be "
                "kept there: see that it can be written and that its disk has room."
            )

    def _get(self, key: str) -> tuple[Tensor, ...]:
        found = self._cache.get(key)
        if found is None:
            raise TrainingError(
                f"Expected an embedding in {self._cache.folder}, but it is gone or damaged: start the run again, which "
                "computes what is missing."
            )
        parts = torch.split(found.flatten(), [math.prod(shape) for shape in self._shapes])
        return tuple(part.reshape(shape).float() for part, shape in zip(parts, self._shapes, strict=True))

    def _key(self, pixels: Pixels) -> str:
        return EmbeddingCache.key(pixels, **self._facts, number_format=str(_STORED))  # type: ignore[arg-type]


def pixels_of(path: Path) -> Pixels:
    """The pixels of an image file.

    Raises:
        ImageError: it cannot be read.
    """
    return read(path).frame(0).pixels


def _packed(features: Sequence[Tensor]) -> Tensor:
    """The feature maps of one image as one tensor in the stored precision."""
    most = torch.finfo(_STORED).max
    if len(features) == 1:
        return features[0][None].clamp(-most, most).to(_STORED)
    return torch.cat([feature.flatten() for feature in features]).clamp(-most, most).to(_STORED)


def _pixels(image: ImageSource) -> Pixels | None:
    """An image's pixels, or None where it cannot be read, with a warning: training passes it over as well."""
    try:
        return image.pixels()
    except ImageError as error:
        log.warning("%s is not embedded: %s", image.name, error)
        return None
