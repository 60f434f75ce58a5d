"""A loaded model: weights on a device, with the pipeline that belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ultrasam.errors import ImageError, InputError
from ultrasam.imaging import Frame, UltrasoundImage
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.inference.pipelines import pipeline_of
from ultrasam.inference.session import Session
from ultrasam.modeling.sam import Sam
from ultrasam.weights import DEFAULT, Checkpoint, Pipeline, load_network
from ultrasam.weights.input_size import MAX_INPUT_SIZE, STEP, is_input_size

#: What :meth:`Segmenter.embed` takes.
ImageLike = Frame | UltrasoundImage | np.ndarray[Any, np.dtype[np.uint8]] | Image.Image

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def load(
    weights: str | PathLike[str] = DEFAULT,
    *,
    device: str = "auto",
    dtype: Literal["float32", "bfloat16", "float16"] = "float32",
    input_size: int | None = None,
    pipeline: Pipeline | None = None,
    cache: EmbeddingCache | bool = False,
) -> Segmenter:
    """Load a model by name or from a file.

    Args:
        weights: a name of ``ultrasam weights list``, or a path: segment-anything ``.pth``, MobileSAM ``.pt``,
            MedSAM, the official UltraSam checkpoint, a Hugging Face ``SamModel`` folder, or safetensors; or a
            repository of the Hugging Face hub, ``"facebook/sam-vit-base"``, that was downloaded.
        device: ``"auto"`` (the GPU where there is one), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.
        dtype: number format of the network; half precision is meant for GPUs.
        input_size: side of the network's input in pixels, a multiple of 64; smaller is faster and coarser. None is
            what the weights were trained at.
        pipeline: overrides how pixels and prompts are prepared; needed for MedSAM weights given as a file, which
            cannot be told from SAM's.
        cache: keep embeddings on disk: True for the common cache folder, or a cache of your own.

    Raises:
        WeightsError: no such weights, or a file that cannot be read.
        InputError: a device that is not here, or an input size that is no multiple of 64.

    Example:
        >>> model = load()
        >>> session = model.embed(np.zeros((60, 80), np.uint8))
        >>> session.segment(box_xyxy=(10, 10, 40, 40)).mask.shape
        (60, 80)
    """
    if dtype not in DTYPES:
        raise InputError(f"Expected dtype to be one of {', '.join(DTYPES)}, but got {dtype!r}.")
    target = _device(device)
    if target.type == "cpu" and dtype == "float16":
        raise InputError("Expected float32 or bfloat16 on a CPU, but got float16, which is far slower there.")
    network, checkpoint = load_network(weights, pipeline=pipeline)
    embeddings = EmbeddingCache() if cache is True else cache or None
    return Segmenter(network.to(target, DTYPES[dtype]), checkpoint, input_size=input_size, cache=embeddings)


class Segmenter:
    """A network with its pipeline; give it an image, get a :class:`Session`.

    Attributes:
        network: the network, in evaluation mode. Embeddings in a cache belong to the weights as they were loaded:
            give no cache where you go on to train it.
        checkpoint: where its weights are from: format, licence, hash; without the tensors, which the network has.
        pipeline: how pixels and prompts are prepared and masks finished.
        input_size: side of the network's input in pixels; what the weights were trained at where None is given.
    """

    def __init__(
        self,
        network: Sam,
        checkpoint: Checkpoint,
        *,
        input_size: int | None = None,
        cache: EmbeddingCache | None = None,
    ) -> None:
        side = checkpoint.input_size if input_size is None else input_size
        if not is_input_size(side):
            raise InputError(
                f"Expected input_size to be a multiple of {STEP} from {STEP} to {MAX_INPUT_SIZE}, but got {side}."
            )
        self.network = network
        self.checkpoint = replace(checkpoint, state_dict={})
        self.pipeline = pipeline_of(checkpoint)
        self.input_size = side
        self._cache = cache

    @property
    def device(self) -> torch.device:
        """Where the network runs."""
        return next(self.network.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """Number format of the network."""
        return next(self.network.parameters()).dtype

    def embed(self, image: ImageLike) -> Session:
        """Run the image encoder once (or take its result from the cache).

        Args:
            image: a frame, a file's image with a single frame, a Pillow image, or an array ``(H, W)`` or
                ``(H, W, 3)`` RGB of uint8.

        Raises:
            ImageError: the array has another shape or type, or the image has several frames.
        """
        return self.embed_batch([image])[0]

    @torch.no_grad()
    def embed_batch(self, images: Sequence[ImageLike]) -> list[Session]:
        """As :meth:`embed`, for several images in one pass of the encoder."""
        frames = [to_frame(image) for image in images]
        placed = [self.pipeline.frame(frame.size_hw, self.input_size) for frame in frames]
        keys = [] if self._cache is None else [self._key(frame) for frame in frames]
        embeddings = {i: found for i, key in enumerate(keys) if (found := self._cached(key)) is not None}
        missing = [i for i in range(len(frames)) if i not in embeddings]
        if missing:
            inputs = torch.stack([self.pipeline.to_input(frames[i].pixels, placed[i]) for i in missing])
            encoded = self.network.encode_image(inputs.to(self.device, self.dtype))
            for i, encoding in zip(missing, encoded[:, None], strict=True):
                # A copy, as a view would keep the embeddings of all images in memory.
                embeddings[i] = encoding.clone() if len(missing) > 1 else encoding
                if self._cache is not None:
                    self._cache.put(keys[i], embeddings[i])
        return [Session(self, frame, placed[i], embeddings[i]) for i, frame in enumerate(frames)]

    def _cached(self, key: str) -> Tensor | None:
        found = None if self._cache is None else self._cache.get(key)
        grid = self.input_size // 16
        if found is None or found.shape != (1, self.network.config.embed_dim, grid, grid) or not found.isfinite().all():
            return None
        return found.to(self.device, self.dtype)

    def _key(self, frame: Frame) -> str:
        return EmbeddingCache.key(
            frame.pixels,
            weights_sha256=self.checkpoint.sha256,
            pipeline=self.checkpoint.pipeline,
            input_size=self.input_size,
            dtype=self.dtype,
        )


def to_frame(image: ImageLike) -> Frame:
    """Any kind of image as a :class:`Frame`.

    Raises:
        ImageError: an array of another shape or type, or an image with several frames.
    """
    if isinstance(image, Frame):
        return image
    if isinstance(image, UltrasoundImage):
        if len(image) > 1:
            raise ImageError(f"Expected one frame, but {image.source.name} has {len(image)}: give image.frame(index).")
        return image.frame(0)
    if isinstance(image, Image.Image):
        if image.mode.startswith(("I", "F")):
            raise ImageError(
                f"Expected a Pillow image of 8 bits, but got mode {image.mode}: read its file with ultrasam.read, "
                "which scales grey values, or scale them to uint8."
            )
        image = np.asarray(image.convert("RGB"))
    return Frame(np.asarray(image))


def _device(name: str) -> torch.device:
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:  # torch asserts that it was built with CUDA
        raise InputError(
            f'Expected a device that is here ("cpu", "auto"; see ultrasam doctor), but got {name!r}.'
        ) from error
    return device
