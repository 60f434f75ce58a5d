"""PyTorch's compiler on the parts of a network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ultrasam.modeling.mask_decoder import MaskDecoder, MaskPrediction
from ultrasam.modeling.sam import Sam

#: Objects, and token slots, that a decoder is compiled for; a call is brought to the next of these.
_OBJECTS, _SLOTS = (1, 4, 16), (4, 16)

WithTokens: TypeAlias = Callable[[Tensor, Tensor, Tensor, Tensor | None], tuple[MaskPrediction, Tensor]]


def compile_parts(network: Sam) -> None:
    """Have PyTorch compile a network's parts, in place, when they are first used with inputs of some shape.

    The image encoder is compiled for the shapes that come. On a GPU the mask decoder, whose many small kernels wait
    for Python otherwise, is recorded as CUDA graphs, for few shapes that all prompts are brought to.
    """
    encoder = network.image_encoder
    encoder.compile(dynamic=False)
    of_levels: Callable[..., Any] = torch.compile(type(encoder).levels, dynamic=False)

    def levels(encoder: nn.Module, images: Tensor) -> Any:
        # Plain, as PyTorch up to 2.11 loses the arguments of a compiled function that became a method.
        return of_levels(encoder, images)

    _replace(encoder, levels)
    if next(network.parameters()).device.type == "cuda":
        compiled = torch.compile(MaskDecoder.with_tokens, dynamic=False, mode="reduce-overhead")

        def with_tokens(decoder: MaskDecoder, *given: Any) -> tuple[MaskPrediction, Tensor]:
            return few_shapes(partial(compiled, decoder))(*given)

        _replace(network.mask_decoder, with_tokens)


def few_shapes(with_tokens: WithTokens) -> WithTokens:
    """A mask decoder that is only ever called with few numbers of objects and token slots.

    Args:
        with_tokens: as :meth:`~ultrasam.modeling.mask_decoder.MaskDecoder.with_tokens`; it may write over what it gave
            before when it is called again, as CUDA graphs do.
    """

    def called(
        image: Tensor, image_positions: Tensor, sparse: Tensor, sparse_mask: Tensor | None
    ) -> tuple[MaskPrediction, Tensor]:
        count, slots = sparse.shape[:2]
        objects, more_slots = _next(count, _OBJECTS) - count, _next(slots, _SLOTS) - slots
        in_use = sparse.new_ones(count, slots, dtype=torch.bool) if sparse_mask is None else sparse_mask
        # What is added is never looked at: slots are masked out, objects left out of the answer.
        sparse = F.pad(sparse, (0, 0, 0, more_slots, 0, objects))
        in_use = F.pad(in_use, (0, more_slots, 0, objects))
        if image.shape[0] > 1:
            image = F.pad(image, (0, 0, 0, 0, 0, 0, 0, objects))
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        found, tokens = with_tokens(image, image_positions, sparse, in_use)
        return MaskPrediction(found.logits[:count].clone(), found.iou[:count].clone()), tokens[:count].clone()

    return called


def _next(count: int, sizes: tuple[int, ...]) -> int:
    return next((size for size in sizes if size >= count), count)


def _replace(part: nn.Module, function: Callable[..., Any]) -> None:
    """Put a function in place of the part's method of that name; in a copy of the part it is the copy's method."""
    setattr(part, function.__name__, MethodType(function, part))
