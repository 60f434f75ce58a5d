"""An image encoder that is a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ultrasam.backends.graph import Graph
from ultrasam.errors import InputError
from ultrasam.graphs.parts import Gives

if TYPE_CHECKING:
    from ultrasam.modeling.tiny_vit import TinyViT
    from ultrasam.modeling.vit import ImageEncoderViT


class GraphEncoder(nn.Module):
    """Stands in for a network's image encoder.

    Args:
        replaced: the encoder that it stands for.
        input_size: side in pixels of the images that the graphs were made for.
        graphs: opens the graph that gives the embedding, or that which gives the levels, when it is first needed.
    """

    def __init__(
        self, replaced: ImageEncoderViT | TinyViT, input_size: int, graphs: Mapping[Gives, Callable[[], Graph]]
    ) -> None:
        super().__init__()
        self.stride = replaced.stride
        self.level_channels = replaced.level_channels
        self.level_strides = replaced.level_strides
        self._input_size = input_size
        self._graphs = graphs
        self._opened: dict[Gives, Graph] = {}

    def __getstate__(self) -> dict[str, Any]:
        # A copy opens them again: what a program has opened can be neither copied nor sent to a process.
        return {**self.__dict__, "_opened": {}}

    def forward(self, images: Tensor) -> Tensor:
        """Map normalised RGB ``(B, 3, S, S)`` float32 on the CPU to embeddings ``(B, C, S/16, S/16)``."""
        (embeddings,) = self._run("embedding", images)
        return embeddings

    def levels(self, images: Tensor) -> tuple[Tensor, ...]:
        """The four maps ``(B, C_i, S/s_i, S/s_i)`` that heads read."""
        return self._run("levels", images)

    def _run(self, gives: Gives, images: Tensor) -> tuple[Tensor, ...]:
        if images.shape[-1] != self._input_size:
            raise InputError(
                f"Expected an input of {self._input_size} pixels, which this graph was made for, but got "
                f"{images.shape[-1]}: load the model with input_size={images.shape[-1]}, or with the backend torch."
            )
        if gives not in self._graphs:
            raise InputError(
                "Expected to be asked what these weights were fine-tuned for, as they answer no prompts themselves: "
                "use model.predict(image), or model.embed(image), which asks the weights that they came from."
            )
        if gives not in self._opened:
            self._opened[gives] = self._graphs[gives]()
        # A processor is not quicker with several images, and so each has the same numbers alone and in a batch.
        found = [self._opened[gives]({"images": image[None].contiguous()}) for image in images]
        return tuple(torch.cat(outputs) for outputs in zip(*found, strict=True))
