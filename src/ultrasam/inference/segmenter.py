"""A model that answers prompts: a network on a device, with the pipeline that belongs to its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ultrasam.backends import Engine
from ultrasam.errors import ImageError, InputError
from ultrasam.imaging import Frame, UltrasoundImage
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.inference.pipelines import pipeline_of
from ultrasam.inference.pixels import to_tensor
from ultrasam.inference.prepared import Prepared
from ultrasam.inference.session import Session
from ultrasam.modeling.heads.config import Task
from ultrasam.modeling.sam import Sam
from ultrasam.weights import Checkpoint
from ultrasam.weights.input_size import check_input_size

if TYPE_CHECKING:
    from ultrasam.inference.classification import Classification
    from ultrasam.inference.segmentation import Segmentation

#: What :meth:`Segmenter.embed` takes.
ImageLike = Frame | UltrasoundImage | np.ndarray[Any, np.dtype[np.uint8]] | Image.Image | Prepared


class Segmenter:
    """A network with its pipeline; give it an image, get a :class:`Session`.

    Attributes:
        network: the network, in evaluation mode. Embeddings in a cache belong to the weights as they were loaded:
            give no cache where you go on to train it.
        checkpoint: where its weights are from: format, licence, hash; without the tensors, which the network has.
        pipeline: how pixels and prompts are prepared and masks finished.
        input_size: side of the network's input in pixels; what the weights were trained at where None is given.
        engine: what runs the network, in which precision and where. Where one is given, the network is made ready for
            it, in place; where None is given, the network is used as it is.
    """

    def __init__(
        self,
        network: Sam,
        checkpoint: Checkpoint,
        *,
        input_size: int | None = None,
        cache: EmbeddingCache | None = None,
        engine: Engine | None = None,
    ) -> None:
        side = checkpoint.input_size if input_size is None else input_size
        check_input_size(side)
        self.engine = engine or Engine.of(network)
        self.network = network if engine is None else engine.prepared(network, checkpoint, side)
        self.checkpoint = replace(checkpoint, state_dict={})
        self.pipeline = pipeline_of(checkpoint)
        self.input_size = side
        self._cache = cache
        runs_graphs = self.engine.backend != "torch"
        self._graphs_format = self.engine.number_format(checkpoint, side) if cache and runs_graphs else None

    @property
    def task(self) -> Task | None:
        """What the weights were fine-tuned to answer without a prompt; None for weights that only take prompts."""
        return self.checkpoint.task

    @property
    def title(self) -> str:
        """What the weights call themselves."""
        return self.checkpoint.metadata.get("title", self.checkpoint.format)

    @property
    def device(self) -> torch.device:
        """Where images are given to the network, and its answers come from."""
        return next(self.network.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """Number format of what the network is given, and of its answers."""
        return next(self.network.parameters()).dtype

    def prepare(self, image: ImageLike) -> Prepared:
        """Resize an image, as the network takes it: what a thread may do ahead, while the network is busy.

        Args:
            image: as :meth:`embed` takes it.

        Returns:
            What :meth:`embed` and ``predict`` take in place of the image, and then need not do themselves.

        Raises:
            ImageError: as :meth:`embed`.
        """
        (placed,) = self._placed([image])
        if placed.resized is not None or (self._cache is not None and self._cache.contains(self._key(placed.frame))):
            return placed
        return replace(placed, resized=self.pipeline.resized(placed.frame.pixels, placed.place))

    def embed(self, image: ImageLike) -> Session:
        """Run the image encoder once (or take its result from the cache).

        Args:
            image: a frame, a file's image with a single frame, a Pillow image, an array ``(H, W)`` or
                ``(H, W, 3)`` RGB of uint8, or what :meth:`prepare` gave.

        Raises:
            ImageError: the array has another shape or type, or the image has several frames.
        """
        return self.embed_batch([image])[0]

    def embed_batch(self, images: Sequence[ImageLike]) -> list[Session]:
        """As :meth:`embed`, for several images in one pass of the encoder."""
        return self._sessions(images, self)

    def predict(self, image: ImageLike) -> list[Segmentation] | Classification:
        """What fine-tuned weights say about an image without a prompt; ``load`` gives a model that knows how.

        Raises:
            InputError: these weights need a prompt.
        """
        del image
        raise InputError(
            "Expected weights that were fine-tuned to answer without a prompt, but these need one: give "
            "embed(image).segment(...) a box, points or a mask."
        )

    def _sessions(self, images: Sequence[ImageLike], predictor: Segmenter) -> list[Session]:
        """Encoded images that this model answers prompts about, and ``predictor`` without them."""
        placed = self._placed(images)
        encoded = zip(placed, self._encode(placed), strict=True)
        return [Session(self, one.frame, one.place, embedding, predictor) for one, embedding in encoded]

    def _placed(self, images: Sequence[ImageLike]) -> list[Prepared]:
        """Images as frames, and how they lie in the network's input."""
        placed = []
        for image in images:
            frame = to_frame(image)
            place = self.pipeline.frame(frame.size_hw, self.input_size)
            fresh = Prepared(frame, place, None, type(self.pipeline))
            # Another model may have prepared it, at another size or in another way.
            fits = isinstance(image, Prepared) and (image.place, image.pipeline) == (place, fresh.pipeline)
            placed.append(image if isinstance(image, Prepared) and fits else fresh)
        return placed

    def _to_inputs(self, placed: Sequence[Prepared]) -> Tensor:
        """``(B, 3, S, S)`` for the network, on its device."""
        prepared = []
        for one in placed:
            resized = self.pipeline.resized(one.frame.pixels, one.place) if one.resized is None else one.resized
            prepared.append(self.pipeline.normalised(to_tensor(resized), one.place))
        return torch.stack(prepared).to(self.device, self.dtype)

    @torch.no_grad()
    def _encode(self, placed: Sequence[Prepared]) -> list[Tensor]:
        """An embedding ``(1, 256, S/16, S/16)`` for each frame, from the cache or in one pass of the encoder."""
        keys = [] if self._cache is None else [self._key(one.frame) for one in placed]
        embeddings = {i: found for i, key in enumerate(keys) if (found := self._cached(key)) is not None}
        missing = [i for i in range(len(placed)) if i not in embeddings]
        if missing:
            inputs = self._to_inputs([placed[i] for i in missing])
            encoded = self.network.encode_image(inputs)
            for i, encoding in zip(missing, encoded[:, None], strict=True):
                # A copy, as a view would keep the embeddings of all images in memory.
                embeddings[i] = encoding.clone() if len(missing) > 1 else encoding
                if self._cache is not None:
                    self._cache.put(keys[i], embeddings[i])
        return [embeddings[i] for i in range(len(placed))]

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
            # A network that PyTorch runs may have been brought to another precision since.
            number_format=self._graphs_format or str(self.dtype),
        )


def to_frame(image: ImageLike) -> Frame:
    """Any kind of image as a :class:`Frame`.

    Raises:
        ImageError: an array of another shape or type, or an image with several frames.
    """
    if isinstance(image, Frame):
        return image
    if isinstance(image, Prepared):
        return image.frame
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
