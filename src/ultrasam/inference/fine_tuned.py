"""What all fine-tuned models share: a head on the encoder, and prompts that are answered all the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from ultrasam.backends import Engine
from ultrasam.errors import InputError, WeightsError
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.inference.segmenter import ImageLike, Segmenter
from ultrasam.inference.session import Session
from ultrasam.modeling.finetuned import FinetunedSam
from ultrasam.modeling.heads.config import Task
from ultrasam.modeling.sam import Sam
from ultrasam.weights import Checkpoint, load_network

#: Pixels of the network's input on a side of one cell of an embedding.
_CELL = 16


class FineTuned(Segmenter):
    """Weights with a head for a task.

    Its sessions are answered by the weights' own encoder and decoder where those were left as they were, else by the
    weights that were fine-tuned, which are loaded when the first image is embedded.

    Raises:
        InputError: the weights have no head, or as :class:`~ultrasam.inference.segmenter.Segmenter`.
    """

    network: FinetunedSam

    def __init__(
        self,
        network: Sam,
        checkpoint: Checkpoint,
        *,
        input_size: int | None = None,
        cache: EmbeddingCache | None = None,
        engine: Engine | None = None,
    ) -> None:
        super().__init__(network, checkpoint, input_size=input_size, cache=cache, engine=engine)
        if checkpoint.task is None or not isinstance(network, FinetunedSam):
            raise InputError("Expected weights that were fine-tuned for a task, but these have no head.")
        self._task = checkpoint.task

    @property
    def task(self) -> Task:
        """What the weights were fine-tuned to answer."""
        return self._task

    def embed_batch(self, images: Sequence[ImageLike]) -> list[Session]:
        """Encode images for prompts, such as clicks that correct a mask of :meth:`predict`.

        Raises:
            ImageError: an array of another shape or type, or an image with several frames.
            InputError: nothing answers prompts: the weights that were fine-tuned are not here, or take none.
        """
        return self._prompted._sessions(images, self)

    @cached_property
    def _prompted(self) -> Segmenter:
        """Who answers prompts."""
        if self._task.promptable:
            return self
        task: Task | None = self._task
        asked = {""}
        while task is not None and not task.promptable:
            initial = task.initial
            if initial in asked:
                raise self._takes_no_prompts("the file does not name them.")
            asked.add(initial)
            try:
                network, checkpoint = load_network(initial, pipeline=self.checkpoint.pipeline)
            except WeightsError as error:
                raise self._takes_no_prompts(str(error)) from error
            task = checkpoint.task
        return Segmenter(network, checkpoint, input_size=self.input_size, cache=self._cache, engine=self.engine)

    def _takes_no_prompts(self, reason: str) -> InputError:
        return InputError(
            "Expected weights that answer prompts, but these were changed for their task, and those that they were "
            f"made from cannot answer either: {reason} Load a promptable model, and give its session the mask that is "
            "to be corrected."
        )

    def _inside(self, placed: Sequence[ModelFrame]) -> Tensor:
        """``(B, 1, S/16, S/16)`` bool on the network's device: cells of the image, not of the padding."""
        grid = self.input_size // _CELL
        inside = torch.zeros(len(placed), 1, grid, grid, dtype=torch.bool)
        for cells, place in zip(inside, placed, strict=True):
            height, width = place.cells_hw(_CELL)
            cells[:, :height, :width] = True
        return inside.to(self.device)


def finite(numbers: Tensor | None) -> Tensor:
    """Numbers of a head as float32 on the CPU.

    Raises:
        WeightsError: they are not finite, or the head gives none of this kind.
    """
    if numbers is None:
        raise WeightsError("Expected a head that answers its task, but got one of another kind: write the file again.")
    found = numbers.float().cpu()
    if not found.isfinite().all():
        raise WeightsError(
            "Expected finite numbers from the network, but got NaN or infinity: try fp32, and check the weights."
        )
    return found
