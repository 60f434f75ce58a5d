"""MobileSAM's image encoder: TinyViT-5M, a convolutional stage followed by three of windowed attention.

After MobileSAM (Apache-2.0, Zhang et al. 2023, "Faster Segment Anything"), which names the parameters, and
TinyViT (MIT; Wu et al. 2022, "TinyViT: Fast Pretraining Distillation for Small Vision Transformers").
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ultrasam.modeling.adapters import AdaptableBlock
from ultrasam.modeling.config import TinyViTConfig
from ultrasam.modeling.layers import AtLeastFloat32, join_windows, neck, split_windows


class TinyViT(nn.Module):
    """Image to image embedding."""

    #: Two convolutions and two mergings halve the size; the third merging keeps it, as masks need the detail.
    stride = 16

    def __init__(self, config: TinyViTConfig) -> None:
        super().__init__()
        dims = config.embed_dims
        self.patch_embed = PatchEmbed(dims[0])
        stages = []
        for index, dim in enumerate(dims):
            blocks: list[nn.Module] = [
                MBConv(dim, config.mbconv_expand_ratio)
                if index == 0
                else TinyViTBlock(
                    dim=dim,
                    num_heads=config.num_heads[index],
                    window_size=config.window_sizes[index],
                    mlp_dim=int(dim * config.mlp_ratio),
                    local_conv_size=config.local_conv_size,
                )
                for _ in range(config.depths[index])
            ]
            following = dims[index + 1 : index + 2]
            is_last_merging = index == len(dims) - 2
            merging = PatchMerging(dim, following[0], stride=1 if is_last_merging else 2) if following else None
            stages.append(Stage(blocks, merging))
        self.layers = nn.ModuleList(stages)
        self.neck = neck(dims[-1], config.out_chans)
        #: Channels and strides of :meth:`levels`.
        self.level_channels = tuple(dims)
        self.level_strides = (*(4 * 2**index for index in range(len(dims) - 1)), self.stride)

    def forward(self, images: Tensor) -> Tensor:
        """Encode ``(B, 3, S, S)`` normalised RGB to ``(B, out_chans, S/16, S/16)``."""
        embedding: Tensor = self.neck(self.levels(images)[-1])
        return embedding

    def levels(self, images: Tensor) -> tuple[Tensor, ...]:
        """What the blocks of each stage give, before the merging that follows them.

        Args:
            images: ``(B, 3, S, S)`` normalised RGB.

        Returns:
            Feature maps ``(B, embed_dims[i], S/s, S/s)`` of strides s = 4, 8, 16 and 16; the neck makes the embedding
            of the last.
        """
        # With the channels last, convolutions and attention share one memory layout.
        merged = self.patch_embed(images.contiguous(memory_format=torch.channels_last))
        found = []
        for stage in self.layers:
            features, merged = stage(merged)
            found.append(features)
        return tuple(found)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        # MobileSAM's own file still carries the classifier of TinyViT's pre-training, which nothing uses.
        for key in [key for key in state_dict if key.startswith((f"{prefix}norm_head.", f"{prefix}head."))]:
            del state_dict[key]
        super()._load_from_state_dict(state_dict, prefix, *args)


class BatchNorm2d(AtLeastFloat32, nn.BatchNorm2d):
    """Batch normalisation whose variances may exceed float16's range."""


class ConvNorm(nn.Module):
    """A convolution and its batch normalisation."""

    def __init__(self, inputs: int, outputs: int, kernel_size: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        padding = kernel_size // 2
        self.c = nn.Conv2d(inputs, outputs, kernel_size, stride, padding, groups=groups, bias=False)
        self.bn = BatchNorm2d(outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(B, inputs, H, W)`` to ``(B, outputs, H/stride, W/stride)``."""
        if self.bn.training or self.bn.running_mean is None or self.bn.running_var is None:
            output: Tensor = self.bn(self.c(features))
            return output
        # Outside training it is a fixed scale and shift: folded into the weights, a pass over memory less.
        # The normalisation is in single precision, so the folded weights are rounded but once.
        scale = self.bn.weight * torch.rsqrt(self.bn.running_var + self.bn.eps)
        weight = (self.c.weight * scale[:, None, None, None]).to(self.c.weight.dtype)
        bias = (self.bn.bias - self.bn.running_mean * scale).to(self.c.weight.dtype)
        return F.conv2d(features, weight, bias, self.c.stride, self.c.padding, groups=self.c.groups)


class PatchEmbed(nn.Module):
    """Image to features at a quarter of its size."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.seq = nn.Sequential(
            ConvNorm(3, dim // 2, kernel_size=3, stride=2),
            nn.GELU(),
            ConvNorm(dim // 2, dim, kernel_size=3, stride=2),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map ``(B, 3, S, S)`` to ``(B, dim, S/4, S/4)``."""
        features: Tensor = self.seq(images)
        return features


class Stage(nn.Module):
    """Blocks at one size, then a merging that leads to the next stage's size and width; the last has none."""

    def __init__(self, blocks: list[nn.Module], downsample: nn.Module | None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.downsample = downsample
        #: Whether the blocks are computed again in the backward pass, rather than kept: less memory, more time.
        self.recomputes = False

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """What the blocks make of ``(B, C, H, W)``, of the same shape, and that in the next stage's shape."""
        for block in self.blocks:
            features = checkpoint(block, features, use_reentrant=False) if self.recomputes else block(features)
        return features, features if self.downsample is None else self.downsample(features)


class MBConv(nn.Module):
    """An inverted residual: widen, convolve every channel by itself, narrow."""

    def __init__(self, dim: int, expand_ratio: float) -> None:
        super().__init__()
        hidden = int(dim * expand_ratio)
        self.conv1 = ConvNorm(dim, hidden)
        self.conv2 = ConvNorm(hidden, hidden, kernel_size=3, groups=hidden)
        self.conv3 = ConvNorm(hidden, dim)

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(B, C, H, W)`` to the same shape."""
        hidden = F.gelu(self.conv1(features))
        hidden = F.gelu(self.conv2(hidden))
        return F.gelu(features + self.conv3(hidden))


class PatchMerging(nn.Module):
    """Widens the features and, with stride 2, halves their size."""

    def __init__(self, dim: int, output_dim: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(dim, output_dim)
        self.conv2 = ConvNorm(output_dim, output_dim, kernel_size=3, stride=stride, groups=output_dim)
        self.conv3 = ConvNorm(output_dim, output_dim)

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(B, dim, H, W)`` to ``(B, output_dim, H/stride, W/stride)``."""
        features = F.gelu(self.conv1(features))
        features = F.gelu(self.conv2(features))
        merged: Tensor = self.conv3(features)
        return merged


class TinyViTBlock(AdaptableBlock):
    """Attention within windows, a local convolution across their borders, and a perceptron."""

    def __init__(self, *, dim: int, num_heads: int, window_size: int, mlp_dim: int, local_conv_size: int) -> None:
        super().__init__(dim)
        self.window_size = window_size
        self.attn = Attention(dim, num_heads, window_size)
        self.mlp = Mlp(dim, mlp_dim)
        self.local_conv = ConvNorm(dim, dim, kernel_size=local_conv_size, groups=dim)

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(B, C, H, W)`` to the same shape."""
        tokens = features.permute(0, 2, 3, 1)
        windows = split_windows(tokens, self.window_size)
        attended = join_windows(self.attn(windows), (tokens.shape[1], tokens.shape[2]))
        if self.attention_adapter is not None:
            attended = attended + self.attention_adapter(attended)
        tokens = tokens + attended
        tokens = self.local_conv(tokens.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        update = self.mlp(tokens)
        if self.mlp_adapter is not None:
            update = update + self.mlp_adapter(self.mlp.norm(tokens))
        output: Tensor = (tokens + update).permute(0, 3, 1, 2)
        return output


class Attention(nn.Module):
    """Multi-head self-attention over one window, biased by the distance of two tokens in rows and columns."""

    def __init__(self, dim: int, num_heads: int, window_size: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.attention_biases = nn.Parameter(torch.zeros(num_heads, window_size**2))

    def forward(self, windows: Tensor) -> Tensor:
        """Map ``(windows, window_size, window_size, C)`` to the same shape."""
        count, height, width, channels = windows.shape
        qkv = self.qkv(self.norm(windows)).view(count, height * width, self.num_heads, -1)
        query, key, value = qkv.transpose(1, 2).chunk(3, dim=-1)
        bias = self._bias(height)[None].to(query.dtype)
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        output: Tensor = self.proj(attended.transpose(1, 2).reshape(count, height, width, channels))
        return output

    def _bias(self, window_size: int) -> Tensor:
        """The bias ``(heads, window_size ** 2, window_size ** 2)`` of every pair of a query and a key."""
        position = torch.arange(window_size, device=self.attention_biases.device)
        distance = (position[:, None] - position[None, :]).abs()
        # (query row, query column, key row, key column) to the entry of their distance.
        index = distance[:, None, :, None] * window_size + distance[None, :, None, :]
        biases: Tensor = self.attention_biases[:, index.reshape(window_size**2, window_size**2)]
        return biases


class Mlp(nn.Module):
    """The perceptron of a block, with its normalisation."""

    def __init__(self, dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden_dim)
        self.fc2 = nn.Linear(hidden_dim, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map ``(..., C)`` to the same shape."""
        output: Tensor = self.fc2(F.gelu(self.fc1(self.norm(tokens))))
        return output
