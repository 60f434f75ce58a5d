"""First weights of a network that begins from nothing, as its encoder's authors draw them.

PyTorch's own are for layers by themselves; with them and running statistics that never saw an image, the signal of a
TinyViT would fade from layer to layer.
"""

from __future__ import annotations

from typing import Literal

from torch import nn

from ultrasam.modeling.sam import Sam
from ultrasam.modeling.tiny_vit import ConvNorm, MBConv, PatchEmbed, PatchMerging, TinyViT
from ultrasam.modeling.vit import ImageEncoderViT

#: Deviation of the truncated normal distribution that transformers' linear layers come from.
_DEVIATION = 0.02


def draw_encoder_weights(sam: Sam) -> None:
    """Draw the image encoder's first weights, in place, from PyTorch's own generator.

    Linear layers and the position embedding are truncated normal, relative positions zero, convolutions of a TinyViT
    normal so that the signal keeps its size (He et al. 2015), and its inverted residuals add nothing at first (Wu et
    al. 2022). Prompt encoder and mask decoder keep what they were built with, as in segment-anything.
    """
    encoder = sam.image_encoder
    for module in encoder.modules():
        if isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=_DEVIATION)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    if isinstance(encoder, ImageEncoderViT):
        nn.init.trunc_normal_(encoder.pos_embed, std=_DEVIATION)
    if isinstance(encoder, TinyViT):
        _draw_convolutions(encoder)


def _draw_convolutions(encoder: TinyViT) -> None:
    followed: set[nn.Module] = set()
    for module in encoder.modules():
        if isinstance(module, PatchEmbed):
            followed.add(module.seq[0])
        elif isinstance(module, MBConv | PatchMerging):
            followed |= {module.conv1, module.conv2}
        if isinstance(module, MBConv):
            nn.init.zeros_(module.conv3.bn.weight)
    for module in encoder.modules():
        if isinstance(module, ConvNorm):
            # A GELU halves the signal's power, as a ReLU does.
            gain: Literal["relu", "linear"] = "relu" if module in followed else "linear"
            nn.init.kaiming_normal_(module.c.weight, nonlinearity=gain)
