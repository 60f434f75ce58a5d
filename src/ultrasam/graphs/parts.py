"""The two halves of a network as a graph has them: tensors in, tensors out, no value decides what is done."""

from __future__ import annotations

import copy
from typing import Literal, TypeAlias, TypeVar

import torch
from torch import Tensor, nn

from ultrasam.errors import InputError
from ultrasam.modeling.lora import LoraLinear, merge_lora
from ultrasam.modeling.mask_decoder import MaskDecoder
from ultrasam.modeling.prompt_encoder import PromptEncoder
from ultrasam.modeling.prompts import PromptLabel, PromptTokens
from ultrasam.modeling.sam import Sam
from ultrasam.modeling.tiny_vit import Stage, TinyViT
from ultrasam.modeling.vit import ImageEncoderViT

#: What an encoder's graph gives: the embedding that prompts are decoded from, or the four levels that heads read.
Gives: TypeAlias = Literal["embedding", "levels"]

_Part = TypeVar("_Part", bound=nn.Module)


class EncoderPart(nn.Module):
    """Images to their embedding, or to the encoder's levels."""

    def __init__(self, network: Sam, gives: Gives) -> None:
        super().__init__()
        self.image_encoder = plain(network.image_encoder)
        self.gives = gives

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Map normalised RGB ``(B, 3, S, S)`` to one feature map ``(B, C, S/16, S/16)``, or to four levels."""
        if self.gives == "levels":
            levels: tuple[Tensor, ...] = self.image_encoder.levels(images)
            return levels
        return (self.image_encoder(images),)


class DecoderPart(nn.Module):
    """Embeddings and prompts to masks; what may be left out elsewhere is always there, with a flag."""

    def __init__(self, network: Sam, input_size: int) -> None:
        super().__init__()
        self.prompt_encoder = plain(network.prompt_encoder)
        self.mask_decoder = plain(network.mask_decoder)
        self.input_size = input_size
        self.grid_size = input_size // network.image_encoder.stride

    def forward(
        self,
        image_embeddings: Tensor,
        point_coords: Tensor,
        point_labels: Tensor,
        mask_input: Tensor,
        has_mask_input: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Masks of N objects with K token slots each, in one image or each in its own.

        Args:
            image_embeddings: ``(B, C, S/16, S/16)`` float32, B = 1 or N.
            point_coords: ``(N, K, 2)`` float32, pixels of the model's frame without the half pixel.
            point_labels: ``(N, K)`` float32, values of :class:`~ultrasam.modeling.prompts.PromptLabel`.
            mask_input: ``(N, 1, S/4, S/4)`` float32 low-resolution logits.
            has_mask_input: ``(N,)`` float32, 0 where the object's mask_input does not count.

        Returns:
            Low-resolution logits ``(N, 4, S/4, S/4)``, expected IoU ``(N, 4)``, output tokens ``(N, 5, C)``.
        """
        labels = point_labels.to(torch.int64)
        prompts = PromptTokens(point_coords, labels, mask_input, has_mask_input > 0)
        sparse, dense = self.prompt_encoder(prompts, self.input_size)
        image_index = torch.arange(labels.shape[0], device=labels.device).clamp(max=image_embeddings.shape[0] - 1)
        prediction, tokens = self.mask_decoder.with_tokens(
            image_embeddings[image_index] + dense,
            self.prompt_encoder.image_positions(self.grid_size),
            sparse,
            labels != PromptLabel.PADDING.value,
        )
        return prediction.logits, prediction.iou, tokens


def plain(part: _Part) -> _Part:
    """A part in evaluation mode, float32, on the CPU, without low-rank updates: itself if it is so, else a copy.

    Raises:
        InputError: it is no part of a network as it was built, but a graph or a compiled module in its place.
    """
    if type(part) not in (ImageEncoderViT, TinyViT, PromptEncoder, MaskDecoder):
        raise InputError(
            f"Expected a network in PyTorch to make a graph of, but a part of it is a {type(part).__name__} already: "
            'load the weights with backend="torch", precision="fp32" and without compiling.'
        )
    tensors = part.state_dict().values()
    is_plain = all(tensor.device.type == "cpu" for tensor in tensors)
    is_plain &= all(tensor.dtype == torch.float32 for tensor in tensors if tensor.is_floating_point())
    for module in part.modules():
        is_plain &= not (module.training or isinstance(module, LoraLinear) or getattr(module, "recomputes", False))
    if is_plain:
        return part
    made = copy.deepcopy(part).to("cpu", torch.float32).eval()
    merge_lora(made)
    for module in made.modules():
        if isinstance(module, ImageEncoderViT | Stage):
            module.recomputes = False
    return made
