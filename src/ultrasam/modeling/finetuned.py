"""The network with a head for one's own task: it finds masks without prompts, or says what an image or object is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from ultrasam.errors import InputError
from ultrasam.modeling.config import SamConfig
from ultrasam.modeling.heads.config import HeadConfig
from ultrasam.modeling.heads.instance import InstanceHead
from ultrasam.modeling.heads.pooled import PooledHead
from ultrasam.modeling.heads.prompted import PromptedHead
from ultrasam.modeling.heads.semantic import SemanticHead
from ultrasam.modeling.mask_decoder import MaskPrediction
from ultrasam.modeling.prompts import PromptTokens
from ultrasam.modeling.sam import Sam

#: The state-dict keys of a head begin so.
HEAD_PREFIX = "head."

#: The mask decoder's output tokens: IoU's and those of four masks.
OUTPUT_TOKENS = 5


@dataclass(frozen=True, eq=False)
class HeadOutput:
    """What a head says of B images or N prompted objects, in the network's precision.

    Attributes:
        class_logits: pooled ``(B, K)``, prompted ``(N, K)``, of a regression values that are still to be scaled back;
            instance ``(B, Q, K + 1)`` of each query, "nothing" last.
        mask_logits: semantic ``(B, 1 + K, S/4, S/4)``, the background first; instance ``(B, Q, S/4, S/4)``.
        masks: prompted: the objects' masks.
        auxiliary: instance: class and mask logits after each earlier layer, the first before any.
    """

    class_logits: Tensor | None = None
    mask_logits: Tensor | None = None
    masks: MaskPrediction | None = None
    auxiliary: tuple[tuple[Tensor, Tensor], ...] = ()


class FinetunedSam(Sam):
    """A :class:`~ultrasam.modeling.sam.Sam` with a head; its keys are those of ``Sam`` and ``head.…``.

    Example:
        >>> import torch
        >>> from ultrasam.modeling.config import TINY_VIT
        >>> head = HeadConfig(kind="semantic", outputs=3, width=32)
        >>> network = FinetunedSam(SamConfig(encoder=TINY_VIT), head).eval()
        >>> network.apply_head(network.encode_for_head(torch.zeros(1, 3, 256, 256))).mask_logits.shape
        torch.Size([1, 4, 64, 64])
    """

    def __init__(self, config: SamConfig, head: HeadConfig) -> None:
        super().__init__(config)
        self.head_config = head
        self.head: nn.Module = self._built(head)

    def encode_for_head(self, images: Tensor) -> tuple[Tensor, ...]:
        """What the head reads of normalised RGB images ``(B, 3, S, S)`` in the model's frame.

        Returns:
            for a pooled or prompted head the embedding ``(B, C, S/16, S/16)`` alone, else the encoder's four levels
            ``(B, C_i, S/s_i, S/s_i)``.

        Raises:
            InputError: the shape is another, or S is no multiple of 64.
        """
        if self.head_config.kind in ("pooled", "prompted"):
            return (self.encode_image(images),)
        self._check_images(images)
        return self.image_encoder.levels(images.to(self._dtype))

    def apply_head(
        self, features: Sequence[Tensor], *, inside: Tensor | None = None, prompts: PromptTokens | None = None
    ) -> HeadOutput:
        """What the head says.

        Args:
            features: of :meth:`encode_for_head`, or kept from there in another precision.
            inside: ``(B, 1, S/16, S/16)`` bool, the cells that the image fills; a pooled head averages over these,
                others look at everything. None: all.
            prompts: of the N objects; a prompted head alone has them, and must.

        Raises:
            InputError: features or prompts do not fit the head.
        """
        kind, head = self.head_config.kind, self.head
        expected = 1 if kind in ("pooled", "prompted") else len(self.image_encoder.level_channels)
        if len(features) != expected:
            raise InputError(f"Expected {expected} feature maps for a {kind} head, but got {len(features)}.")
        if (prompts is None) == (kind == "prompted"):
            got = "none" if prompts is None else "some"
            raise InputError(f"Expected prompts for a prompted head and no other, but got {got} for a {kind} head.")
        maps = [feature.to(self._dtype) for feature in features]
        if isinstance(head, PromptedHead) and prompts is not None:
            masks, tokens = self.decode_with_tokens(maps[0], prompts)
            return HeadOutput(class_logits=head(tokens), masks=masks)
        if isinstance(head, PooledHead):
            return HeadOutput(class_logits=head(maps[0], inside))
        if isinstance(head, InstanceHead):
            *earlier, (class_logits, mask_logits) = head(maps)
            return HeadOutput(class_logits=class_logits, mask_logits=mask_logits, auxiliary=tuple(earlier))
        return HeadOutput(mask_logits=head(maps))

    def _built(self, head: HeadConfig) -> nn.Module:
        dim, encoder = self.config.embed_dim, self.image_encoder
        if head.kind == "pooled":
            return PooledHead(dim, head.outputs, pooling=head.pooling, dropout=head.dropout)
        if head.kind == "prompted":
            return PromptedHead(dim, OUTPUT_TOKENS, head.outputs, dropout=head.dropout)
        if head.kind == "semantic":
            return SemanticHead(encoder.level_channels, encoder.level_strides, head.outputs, width=head.width)
        return InstanceHead(encoder.level_channels, encoder.level_strides, head)


def with_head(sam: Sam, head: HeadConfig) -> FinetunedSam:
    """Put a new head on a network.

    Args:
        sam: a network; low-rank updates and adapters stay. A head that it has is left behind.
        head: what to put on.

    Returns:
        a network whose encoder, prompt encoder and mask decoder are those of ``sam``, the same parameters. The head's
        first weights come from PyTorch's own generator.
    """
    finetuned = FinetunedSam(sam.config, head)
    for part in ("image_encoder", "prompt_encoder", "mask_decoder"):
        setattr(finetuned, part, getattr(sam, part))
    weight = next(sam.mask_decoder.parameters())
    finetuned.head.to(weight.device, weight.dtype)
    return finetuned.train(sam.training)
