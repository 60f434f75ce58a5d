"""SAM's image encoder: a plain vision transformer with windowed attention and relative positions.

After segment-anything (Apache-2.0, Meta; Kirillov et al. 2023, "Segment Anything"), which names the
parameters, and ViTDet (Li et al. 2022, "Exploring Plain Vision Transformer Backbones for Object Detection").
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ultrasam.modeling.adapters import AdaptableBlock
from ultrasam.modeling.config import ViTConfig
from ultrasam.modeling.layers import MLPBlock, join_windows, neck, runs_in_pieces, split_windows

#: Most elements of the relative-position bias that a CPU keeps at a time: 16 MB in float32 stay in its
#: cache, where the whole bias of a ViT-B's global block at 1024 pixels would fill 805 MB.
BIAS_ELEMENTS = 2**22

#: The same for an image in a graph, which has a few nodes for each piece: one head at 1024 pixels, all at 512.
GRAPH_BIAS_ELEMENTS = 2**24

#: Feature maps that a dense decoder reads.
LEVELS = 4


class ImageEncoderViT(nn.Module):
    """Image to image embedding."""

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.stride = config.patch_size
        #: Channels and strides of :meth:`levels`.
        self.level_channels = (config.embed_dim,) * LEVELS
        self.level_strides = (config.patch_size,) * LEVELS
        # SAM's encoders attend to the whole image at the end of each quarter.
        self._level_ends = [-(-config.depth * (quarter + 1) // LEVELS) for quarter in range(LEVELS)]
        grid_size = config.pretrain_size // config.patch_size
        self.patch_embed = PatchEmbed(config.patch_size, config.embed_dim)
        self.pos_embed = nn.Parameter(torch.zeros(1, grid_size, grid_size, config.embed_dim))
        self.blocks = nn.ModuleList(
            Block(
                dim=config.embed_dim,
                num_heads=config.num_heads,
                mlp_dim=int(config.embed_dim * config.mlp_ratio),
                window_size=None if index in config.global_attn_indexes else config.window_size,
                grid_size=grid_size,
            )
            for index in range(config.depth)
        )
        self.neck = neck(config.embed_dim, config.out_chans)
        #: Whether the blocks are computed again in the backward pass, rather than kept: less memory, more time.
        self.recomputes = False

    def forward(self, images: Tensor) -> Tensor:
        """Encode ``(B, 3, S, S)`` normalised RGB to ``(B, out_chans, S/16, S/16)``."""
        embedding: Tensor = self.neck(self.levels(images)[-1])
        return embedding

    def levels(self, images: Tensor) -> tuple[Tensor, ...]:
        """What the blocks at the end of each quarter give: blocks 3, 6, 9 and 12 of a ViT-B.

        Args:
            images: ``(B, 3, S, S)`` normalised RGB.

        Returns:
            Four feature maps ``(B, embed_dim, S/16, S/16)``; the neck makes the embedding of the last.
        """
        tokens = self.patch_embed(images)
        tokens = tokens + self._position_embedding(tokens.shape[1], tokens.shape[2])
        found = {}
        for count, block in enumerate(self.blocks, start=1):
            tokens = checkpoint(block, tokens, use_reentrant=False) if self.recomputes else block(tokens)
            if count in self._level_ends:
                found[count] = tokens.permute(0, 3, 1, 2)
        return tuple(found[end] for end in self._level_ends)

    def _position_embedding(self, height: int, width: int) -> Tensor:
        """The trained position embedding ``(1, height, width, C)``, interpolated where the size differs."""
        if self.pos_embed.shape[1:3] == (height, width):
            return self.pos_embed
        trained = self.pos_embed.permute(0, 3, 1, 2).float()
        resized = F.interpolate(trained, (height, width), mode="bicubic", align_corners=False)
        return resized.permute(0, 2, 3, 1).to(self.pos_embed.dtype)


class PatchEmbed(nn.Module):
    """Image to patch tokens."""

    def __init__(self, patch_size: int, dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, dim, kernel_size=patch_size, stride=patch_size)

    def forward(self, images: Tensor) -> Tensor:
        """Map ``(B, 3, S, S)`` to ``(B, S/patch, S/patch, dim)``."""
        patches: Tensor = self.proj(images)
        # Every block adds to these tokens and normalises them: each would pay for rows that lie apart in memory.
        return patches.permute(0, 2, 3, 1).contiguous()


class Block(AdaptableBlock):
    """A transformer block, attending within windows or, without ``window_size``, over the whole image."""

    def __init__(self, *, dim: int, num_heads: int, mlp_dim: int, window_size: int | None, grid_size: int) -> None:
        super().__init__(dim)
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, num_heads, window_size, grid_size)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = MLPBlock(dim, mlp_dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map ``(B, H, W, C)`` to the same shape."""
        attended = self.attn(self.norm1(tokens))
        if self.attention_adapter is not None:
            attended = attended + self.attention_adapter(attended)
        tokens = tokens + attended
        normalised = self.norm2(tokens)
        update = self.mlp(normalised)
        if self.mlp_adapter is not None:
            update = update + self.mlp_adapter(normalised)
        output: Tensor = tokens + update
        return output


class Attention(nn.Module):
    """Multi-head self-attention over a grid of tokens, biased by their distance in rows and in columns.

    It attends within windows or, without ``window_size``, over the whole grid.
    """

    def __init__(self, dim: int, num_heads: int, window_size: int | None, grid_size: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.window_size = window_size
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        length = 2 * (window_size or grid_size) - 1
        self.rel_pos_h = nn.Parameter(torch.zeros(length, dim // num_heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(length, dim // num_heads))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map ``(B, H, W, C)`` to the same shape."""
        qkv = self.qkv(tokens)
        if self.window_size is None:
            attended = self._attended(qkv)
        else:
            # Windows are filled up with zeros, whose queries, keys and values are the bias: nothing to be computed.
            windows = split_windows(qkv, self.window_size, self.qkv.bias)
            attended = join_windows(self._attended(windows), (tokens.shape[1], tokens.shape[2]))
        output: Tensor = self.proj(attended)
        return output

    def _attended(self, qkv: Tensor) -> Tensor:
        """``(B, H, W, 3 * C)`` to ``(B, H, W, C)``."""
        batch, height, width, _ = qkv.shape
        query, key, value = qkv.view(batch, height * width, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        query_grid = query.view(batch, self.num_heads, height, width, -1)
        row_bias = torch.einsum("bnhwc,hkc->bnhwk", query_grid, relative_positions(self.rel_pos_h, height))
        column_bias = torch.einsum("bnhwc,wkc->bnhwk", query_grid, relative_positions(self.rel_pos_w, width))
        attended = _attend(query, key, value, row_bias.flatten(2, 3), column_bias.flatten(2, 3))
        return attended.transpose(1, 2).reshape(batch, height, width, -1)


def relative_positions(table: Tensor, size: int) -> Tensor:
    """Position vectors of every key relative to every query along one axis.

    Args:
        table: ``(2 * trained_size - 1, C)``, from the farthest key after the query to the farthest before it.
        size: queries and keys along the axis; a table trained for another size is interpolated.

    Returns:
        ``(size, size, C)``: query, key, channel.
    """
    length = 2 * size - 1
    if len(table) != length:
        resized = F.interpolate(table.float().T[None], length, mode="linear", align_corners=False)
        table = resized[0].T.to(table.dtype)
    position = torch.arange(size, device=table.device)
    return table[position[:, None] - position[None, :] + size - 1]


def _attend(query: Tensor, key: Tensor, value: Tensor, row_bias: Tensor, column_bias: Tensor) -> Tensor:
    """Attention with the bias of relative positions, on a CPU in pieces that fit its cache.

    Args:
        query: ``(B, heads, H * W, c)``; key and value alike.
        key: see query.
        value: see query.
        row_bias: ``(B, heads, H * W, H)``, from every query to every row of keys.
        column_bias: ``(B, heads, H * W, W)``, from every query to every column of keys.

    Returns:
        ``(B, heads, H * W, c)``.
    """
    batch, heads, length, channels = query.shape
    if query.device.type == "cpu" and torch.compiler.is_compiling() and heads * length**2 > GRAPH_BIAS_ELEMENTS:
        heads_at_once = max(1, GRAPH_BIAS_ELEMENTS // length**2)
        by_head = [torch.split(part, heads_at_once, dim=1) for part in (query, key, value, row_bias, column_bias)]
        return torch.cat([_attend_at_once(*part) for part in zip(*by_head, strict=True)], dim=1)
    if not runs_in_pieces(query):
        return _attend_at_once(query, key, value, row_bias, column_bias)
    heads_at_once = max(1, BIAS_ELEMENTS // (batch * length**2))
    queries_at_once = max(1, BIAS_ELEMENTS // (batch * min(heads, heads_at_once) * length))
    # In the layout that the projection reads: without a copy of all heads side by side.
    attended = query.new_empty(batch, length, heads, channels)
    for first_head in range(0, heads, heads_at_once):
        head = slice(first_head, first_head + heads_at_once)
        for first_query in range(0, length, queries_at_once):
            queries = slice(first_query, first_query + queries_at_once)
            part = (slice(None), head, queries)
            found = _attend_at_once(query[part], key[:, head], value[:, head], row_bias[part], column_bias[part])
            attended[:, queries, head] = found.transpose(1, 2)
    return attended.transpose(1, 2)


def _attend_at_once(query: Tensor, key: Tensor, value: Tensor, row_bias: Tensor, column_bias: Tensor) -> Tensor:
    """Attention of some heads' queries to all keys; the arguments are parts of those of :func:`_attend`."""
    bias = (row_bias[..., :, None] + column_bias[..., None, :]).flatten(-2)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
