"""A prompt encoder and mask decoder that are a graph."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from ultrasam.backends.graph import Graph
from ultrasam.modeling.mask_decoder import MaskPrediction
from ultrasam.modeling.prompts import PromptLabel, PromptTokens

#: Low-resolution logits have this many pixels on a side of one cell of the embedding.
_LOGITS_PER_CELL = 4


class GraphDecoder:
    """Does what :meth:`~ultrasam.modeling.sam.Sam.decode_with_tokens` does.

    Args:
        opens: the graph; asked when it is first needed.
    """

    def __init__(self, opens: Callable[[], Graph]) -> None:
        self._opens = opens

    def __getstate__(self) -> dict[str, Any]:
        # A copy opens it again: what a program has opened can be neither copied nor sent to a process.
        return {"_opens": self._opens}

    def __call__(self, image_embeddings: Tensor, prompts: PromptTokens) -> tuple[MaskPrediction, Tensor]:
        """Masks of N objects and their output tokens, float32 on the CPU."""
        if prompts.image_index is not None and len(image_embeddings) > 1:
            image_embeddings = image_embeddings[prompts.image_index]
        points, labels = prompts.points_xy, prompts.labels
        if labels.shape[1] == 0:
            # An axis of no length is none that graphs were made for.
            points, labels = F.pad(points, (0, 0, 0, 1)), F.pad(labels, (0, 1), value=PromptLabel.PADDING.value)
        masks, has_mask = prompts.mask_logits, prompts.has_mask
        if masks is None:
            side = _LOGITS_PER_CELL * image_embeddings.shape[-1]
            masks, has_mask = points.new_zeros(len(labels), 1, side, side), points.new_zeros(len(labels))
        elif has_mask is None:
            has_mask = points.new_ones(len(labels))
        logits, iou, tokens = self._graph(
            {
                "image_embeddings": image_embeddings.float().contiguous(),
                "point_coords": points.float().contiguous(),
                "point_labels": labels.float().contiguous(),
                "mask_input": masks.float().contiguous(),
                "has_mask_input": has_mask.float(),
            }
        )
        return MaskPrediction(logits, iou), tokens

    @cached_property
    def _graph(self) -> Graph:
        return self._opens()
