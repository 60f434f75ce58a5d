"""The whole network: image encoder, prompt encoder and mask decoder.

After segment-anything (Apache-2.0, Meta; Kirillov et al. 2023, "Segment Anything"). State-dict keys are those
of segment-anything and, with TinyViT, of MobileSAM.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn

from ultrasam.errors import InputError
from ultrasam.modeling.adapters import adapt_blocks
from ultrasam.modeling.config import SamConfig, ViTConfig
from ultrasam.modeling.mask_decoder import MaskDecoder, MaskPrediction
from ultrasam.modeling.prompt_encoder import PromptEncoder
from ultrasam.modeling.prompts import PromptLabel, PromptTokens
from ultrasam.modeling.tiny_vit import TinyViT
from ultrasam.modeling.vit import ImageEncoderViT

#: Input sizes are multiples of this.
SIZE_MULTIPLE = 64


#: What :meth:`Sam.decode_with_tokens` does, from checked embeddings and prompts.
DecoderGraph: TypeAlias = Callable[[Tensor, PromptTokens], tuple[MaskPrediction, Tensor]]


class Sam(nn.Module):
    """Segments objects in images, given prompts.

    Example:
        >>> from ultrasam.modeling.config import SamConfig, TinyViTConfig
        >>> from ultrasam.modeling.prompts import ObjectPrompt, PromptLabel
        >>> sam = Sam(SamConfig(encoder=TinyViTConfig())).eval()
        >>> embedding = sam.encode_image(torch.zeros(1, 3, 256, 256))
        >>> embedding.shape
        torch.Size([1, 256, 16, 16])
        >>> point = ObjectPrompt(torch.tensor([[90.0, 120.0]]), torch.tensor([PromptLabel.POSITIVE_POINT]))
        >>> sam.decode(embedding, PromptTokens.pad([point])).logits.shape
        torch.Size([1, 4, 64, 64])
    """

    def __init__(self, config: SamConfig) -> None:
        super().__init__()
        if config.encoder.out_chans != config.embed_dim:
            raise InputError(
                f"Expected an image encoder with out_chans = embed_dim = {config.embed_dim}, "
                f"but got {config.encoder.out_chans}."
            )
        self.config = config
        encoder = config.encoder
        self.image_encoder = ImageEncoderViT(encoder) if isinstance(encoder, ViTConfig) else TinyViT(encoder)
        if config.adapter_dim:
            adapt_blocks(self.image_encoder, config.adapter_dim)
        self.prompt_encoder = PromptEncoder(config.embed_dim)
        self.mask_decoder = MaskDecoder(config.embed_dim, doubled_residual=config.token_mlp_residual == "doubled")
        #: Decodes in place of the prompt encoder and the mask decoder: a graph of both, where a backend runs one.
        self.decoder_graph: DecoderGraph | None = None

    def encode_image(self, images: Tensor) -> Tensor:
        """Embeddings ``(B, C, S/16, S/16)`` of normalised RGB images ``(B, 3, S, S)`` in the model's frame.

        Raises:
            InputError: the shape is another, or S is no multiple of 64.
        """
        self._check_images(images)
        embeddings: Tensor = self.image_encoder(images.to(self._dtype))
        return embeddings.contiguous()

    def decode(self, image_embeddings: Tensor, prompts: PromptTokens) -> MaskPrediction:
        """Masks of the N prompted objects, from image embeddings ``(B, C, S/16, S/16)``.

        Raises:
            InputError: embeddings and prompts do not fit each other.
        """
        return self.decode_with_tokens(image_embeddings, prompts)[0]

    def decode_with_tokens(self, image_embeddings: Tensor, prompts: PromptTokens) -> tuple[MaskPrediction, Tensor]:
        """Like :meth:`decode`, with the mask decoder's output tokens ``(N, 5, C)``: IoU's, then the masks'."""
        self._check(image_embeddings, prompts)
        if self.decoder_graph is not None:
            return self.decoder_graph(image_embeddings, prompts)
        grid_size = image_embeddings.shape[-1]
        sparse, dense = self.prompt_encoder(prompts, grid_size * self.image_encoder.stride)
        # One image stays one row, which all objects share, until their tokens have changed it.
        if prompts.image_index is not None and len(image_embeddings) > 1:
            image_embeddings = image_embeddings[prompts.image_index]
        return self.mask_decoder.with_tokens(
            image_embeddings.to(self._dtype) + dense,
            self.prompt_encoder.image_positions(grid_size),
            sparse,
            _slots_in_use(prompts),
        )

    def forward(self, images: Tensor, prompts: PromptTokens) -> MaskPrediction:
        """Masks of the N objects that are prompted in the images ``(B, 3, S, S)``."""
        return self.decode(self.encode_image(images), prompts)

    @property
    def _dtype(self) -> torch.dtype:
        return self.prompt_encoder.no_mask_embed.weight.dtype

    @staticmethod
    def _check_images(images: Tensor) -> None:
        if (
            images.ndim != 4
            or images.shape[1] != 3
            or images.shape[2] != images.shape[3]
            or images.shape[2] % SIZE_MULTIPLE
            or not images.shape[2]
        ):
            raise InputError(
                f"Expected images of shape (B, 3, S, S) with S a multiple of {SIZE_MULTIPLE}, "
                f"but got {tuple(images.shape)}: resize and pad them first."
            )

    def _check(self, image_embeddings: Tensor, prompts: PromptTokens) -> None:
        channels = self.config.embed_dim
        shape = tuple(image_embeddings.shape)
        if len(shape) != 4 or shape[1] != channels or shape[2] != shape[3]:
            raise InputError(f"Expected image embeddings of shape (B, {channels}, S/16, S/16), but got {shape}.")
        count = prompts.points_xy.shape[0]
        if prompts.image_index is None and shape[0] not in (1, count):
            raise InputError(f"Expected prompts with image_index, as {count} objects do not match {shape[0]} images.")
        # A compiled graph cannot depend on the indices' values.
        if prompts.image_index is not None and not torch.compiler.is_compiling():
            outside = (prompts.image_index < 0) | (prompts.image_index >= shape[0])
            if bool(outside.any()):
                raise InputError(
                    f"Expected image_index from 0 to {shape[0] - 1}, but got {prompts.image_index.tolist()}."
                )
        size = 4 * shape[-1]
        if prompts.mask_logits is not None and tuple(prompts.mask_logits.shape[-2:]) != (size, size):
            raise InputError(
                f"Expected mask_logits of a quarter of the input size, {size} x {size}, "
                f"but got {prompts.mask_logits.shape[-2]} x {prompts.mask_logits.shape[-1]}."
            )


def _slots_in_use(prompts: PromptTokens) -> Tensor | None:
    """``(N, K)`` bool, False in padding slots; None where there are none: attention is faster without."""
    in_use: Tensor = prompts.labels != PromptLabel.PADDING.value
    # A compiled graph cannot depend on the labels' values.
    if not torch.compiler.is_compiling() and bool(in_use.all()):
        return None
    return in_use
