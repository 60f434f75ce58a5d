"""The head for objects: Mask2Former's decoders, as transformers (Apache-2.0) has them, on our encoders' levels.

Cheng et al. 2022, "Masked-attention Mask Transformer for Universal Image Segmentation". Queries look at the image,
each within the mask that it has so far, and each ends as one object's class and mask, or as nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from ultrasam.extras import require
from ultrasam.modeling.heads.config import INSTANCE_WIDTH_STEP, HeadConfig
from ultrasam.modeling.heads.pyramid import PYRAMID_STRIDES, Pyramid

#: What needs transformers, for the message where it is absent.
_NEEDED_FOR = "Networks that find objects by themselves"


class InstanceHead(nn.Module):
    """Levels to the classes and masks of a fixed number of queries.

    Attributes:
        pixel_decoder: lets the three coarser maps of the pyramid attend to each other, and makes mask features.
        transformer: lets the queries attend to those maps and to each other.
        class_predictor: from a query to its class, "nothing" last.
    """

    def __init__(self, channels: Sequence[int], strides: Sequence[int], head: HeadConfig) -> None:
        """Lay a head over levels of these channels and strides.

        Raises:
            MissingExtraError: transformers is not installed.
        """
        super().__init__()
        modeling: Any = require("transformers.models.mask2former.modeling_mask2former", needed_for=_NEEDED_FOR)
        config = mask2former_config(head)
        self.pyramid = Pyramid(channels, strides, head.width)
        self.pixel_decoder: nn.Module = modeling.Mask2FormerPixelDecoder(config, [head.width] * len(PYRAMID_STRIDES))
        self.transformer: nn.Module = modeling.Mask2FormerTransformerModule(head.width, config)
        self.class_predictor = nn.Linear(head.width, head.outputs + 1)
        # Deformable attention learns nothing from PyTorch's own first weights: its points would all be one.
        first_weights = modeling.Mask2FormerPreTrainedModel(config)._init_weights
        for part in (self.pixel_decoder, self.transformer, self.class_predictor):
            part.apply(first_weights)

    def forward(self, levels: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]]:
        """What each query is, before any layer and after each; the last counts.

        Args:
            levels: four feature maps ``(B, channels[i], S/strides[i], S/strides[i])``.

        Returns:
            Class logits ``(B, Q, K + 1)``, "nothing" last, and mask logits ``(B, Q, S/4, S/4)``, 1 + decoder_layers
            times.
        """
        decoded = self.pixel_decoder(self.pyramid(levels))
        queries = self.transformer(decoded.multi_scale_features, decoded.mask_features)
        return [
            # The decoder keeps its states as (Q, B, C).
            (self.class_predictor(states.transpose(0, 1)), masks)
            for states, masks in zip(queries.intermediate_hidden_states, queries.masks_queries_logits, strict=True)
        ]


def mask2former_config(head: HeadConfig) -> Any:
    """The ``transformers.Mask2FormerConfig`` of an instance head, which transformers' loss takes, too.

    Raises:
        MissingExtraError: transformers is not installed.
    """
    transformers: Any = require("transformers", needed_for=_NEEDED_FOR)
    return transformers.Mask2FormerConfig(
        num_labels=head.outputs,
        feature_size=head.width,
        mask_feature_size=head.width,
        hidden_dim=head.width,
        num_attention_heads=head.width // INSTANCE_WIDTH_STEP,
        # Mask2Former's own proportions.
        encoder_feedforward_dim=4 * head.width,
        dim_feedforward=8 * head.width,
        encoder_layers=head.encoder_layers,
        # transformers counts the prediction before any layer as one.
        decoder_layers=head.decoder_layers + 1,
        num_queries=head.queries,
        feature_strides=list(PYRAMID_STRIDES),
    )
