"""The mask decoder's transformer: prompt tokens and image tokens attend to each other.

After segment-anything (Apache-2.0, Meta; Kirillov et al. 2023, "Segment Anything"); it names the parameters.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ultrasam.modeling.layers import MLPBlock, runs_in_pieces


class TwoWayTransformer(nn.Module):
    """Blocks of attention in both directions, then a last look of the tokens at the image."""

    def __init__(
        self,
        dim: int,
        *,
        depth: int = 2,
        num_heads: int = 8,
        mlp_dim: int = 2048,
        downsample_rate: int = 2,
        doubled_residual: bool = False,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            TwoWayAttentionBlock(
                dim,
                num_heads=num_heads,
                mlp_dim=mlp_dim,
                downsample_rate=downsample_rate,
                skip_first_layer_pe=index == 0,
                doubled_residual=doubled_residual,
            )
            for index in range(depth)
        )
        self.final_attn_token_to_image = Attention(dim, num_heads, downsample_rate)
        self.norm_final_attn = nn.LayerNorm(dim)

    def forward(
        self, image: Tensor, image_positions: Tensor, tokens: Tensor, token_mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Let N rows of tokens and their images attend to each other.

        Args:
            image: ``(N, L, C)`` image tokens, or ``(1, L, C)`` where all rows share them.
            image_positions: ``(1, L, C)`` their position encoding.
            tokens: ``(N, T, C)``.
            token_mask: ``(N, T)`` bool, False for tokens that nothing may attend to; None: all count.

        Returns:
            The tokens ``(N, T, C)`` and the image tokens ``(N, L, C)``.
        """
        key_mask = None if token_mask is None else token_mask[:, None, None, :]
        queries, keys = tokens, image
        for layer in self.layers:
            queries, keys = layer(queries, keys, tokens, image_positions, key_mask)
        attended = self.final_attn_token_to_image(queries + tokens, keys + image_positions, keys)
        return self.norm_final_attn(queries + attended), keys


class TwoWayAttentionBlock(nn.Module):
    """Tokens to tokens, tokens to image, a perceptron on the tokens, image to tokens.

    ``doubled_residual`` adds the tokens twice around the perceptron, as the official UltraSam network does.
    """

    def __init__(
        self,
        dim: int,
        *,
        num_heads: int,
        mlp_dim: int,
        downsample_rate: int,
        skip_first_layer_pe: bool,
        doubled_residual: bool,
    ) -> None:
        super().__init__()
        self.self_attn = Attention(dim, num_heads)
        self.norm1 = nn.LayerNorm(dim)
        self.cross_attn_token_to_image = Attention(dim, num_heads, downsample_rate)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = MLPBlock(dim, mlp_dim, nn.ReLU)
        self.norm3 = nn.LayerNorm(dim)
        self.norm4 = nn.LayerNorm(dim)
        self.cross_attn_image_to_token = Attention(dim, num_heads, downsample_rate)
        self.skip_first_layer_pe = skip_first_layer_pe
        self.doubled_residual = doubled_residual

    def forward(
        self,
        queries: Tensor,
        keys: Tensor,
        query_positions: Tensor,
        key_positions: Tensor,
        key_mask: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """Update tokens and image.

        Args:
            queries: ``(N, T, C)`` tokens.
            keys: ``(N, L, C)`` image tokens, or ``(1, L, C)`` where all rows share them.
            query_positions: ``(N, T, C)``.
            key_positions: ``(1, L, C)``.
            key_mask: ``(N, 1, 1, T)`` bool, or None.

        Returns:
            The tokens ``(N, T, C)`` and the image tokens ``(N, L, C)``.
        """
        if self.skip_first_layer_pe:
            queries = self.self_attn(queries, queries, queries, key_mask)
        else:
            positioned = queries + query_positions
            queries = queries + self.self_attn(positioned, positioned, queries, key_mask)
        queries = self.norm1(queries)

        positioned_keys = keys + key_positions
        queries = queries + self.cross_attn_token_to_image(queries + query_positions, positioned_keys, keys)
        queries = self.norm2(queries)

        residual = 2 * queries if self.doubled_residual else queries
        queries = self.norm3(residual + self.mlp(queries))

        keys = keys + self.cross_attn_image_to_token(positioned_keys, queries + query_positions, queries, key_mask)
        return queries, self.norm4(keys)


class Attention(nn.Module):
    """Multi-head attention whose inner width is the model's divided by ``downsample_rate``."""

    def __init__(self, dim: int, num_heads: int, downsample_rate: int = 1) -> None:
        super().__init__()
        inner_dim = dim // downsample_rate
        self.num_heads = num_heads
        self.q_proj = nn.Linear(dim, inner_dim)
        self.k_proj = nn.Linear(dim, inner_dim)
        self.v_proj = nn.Linear(dim, inner_dim)
        self.out_proj = nn.Linear(inner_dim, dim)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, key_mask: Tensor | None = None) -> Tensor:
        """Attend from ``(N, Q, C)`` to ``(N, K, C)``; the result is ``(N, Q, C)``.

        What all rows share, queries or keys and values, may be given as one row. ``key_mask`` is bool and
        broadcasts to ``(N, heads, Q, K)``.
        """
        if self._projects_the_few(query, key):
            # In a graph, the number of tokens is open; that of the image's is not, and larger.
            few_queries = (
                isinstance(key.shape[1], int) if torch.compiler.is_compiling() else query.shape[1] < key.shape[1]
            )
            return (self._from_few if few_queries else self._to_few)(query, key, value, key_mask)
        q, k, v = self._heads(self.q_proj(query)), self._heads(self.k_proj(key)), self._heads(self.v_proj(value))
        rows = k.shape[0] if q.shape[0] == 1 else q.shape[0]
        q, k, v = (t.expand(rows, -1, -1, -1) for t in (q, k, v))
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=key_mask)
        output: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))
        return output

    def _projects_the_few(self, query: Tensor, key: Tensor) -> bool:
        """Whether to leave the longer side as it is, and to bring the projections of both sides to the shorter one.

        A prompt has about seven tokens and an image 4,096: q · (W k) is the same as (W' q) · k, and eight heads of
        seven vectors are fewer than the inner width, so that both products with the image cost half of its
        projections. It pays where products are slow and nothing is kept for a backward pass: in single precision on a
        CPU. Fused attention is quicker elsewhere, and more exact in half precision. In a graph, where the number of
        tokens is open (a symbol, not an int), it is taken for small: at 1024 pixels it pays up to about 16.
        """
        if query.dtype != torch.float32 or torch.is_autocast_enabled("cpu"):
            return False
        # A layer that somebody put in its place may do more than its weight says.
        if any(type(layer) is not nn.Linear for layer in (self.q_proj, self.k_proj, self.v_proj, self.out_proj)):
            return False
        if torch.compiler.is_compiling():
            return query.device.type == "cpu" and isinstance(query.shape[1], int) != isinstance(key.shape[1], int)
        if not runs_in_pieces(query, key, self.q_proj.weight, self.out_proj.weight):
            return False
        few, many = sorted((query, key), key=lambda side: side.shape[1])
        return few.shape[0] * few.shape[1] * self.num_heads < many.shape[0] * self.q_proj.out_features

    def _from_few(self, query: Tensor, key: Tensor, value: Tensor, key_mask: Tensor | None) -> Tensor:
        """Few queries: each head's goes through the keys' projection, its average of the values through theirs."""
        # What the bias of the keys adds to a query's scores is the same for all keys, and has no effect.
        q = self._heads(self.q_proj(query)) * self._scale
        scores = self._times(q @ self._by_head(self.k_proj), key)
        averages = self._times(_softmax(scores, key_mask, over=-1), value.mT)
        heads = averages @ self._by_head(self.v_proj).mT
        output: Tensor = self.out_proj(heads.transpose(1, 2).flatten(2) + self.v_proj.bias)
        return output

    def _to_few(self, query: Tensor, key: Tensor, value: Tensor, key_mask: Tensor | None) -> Tensor:
        """Few keys: each goes through the queries' projection, each value through the output's."""
        k = self._heads(self.k_proj(key)) * self._scale
        from_bias = k @ self.q_proj.bias.view(self.num_heads, -1, 1)
        # Keys before queries: the softmax over few keys then runs along memory.
        scores = self._times(k @ self._by_head(self.q_proj), query).add_(from_bias)
        weights = _softmax(scores, None if key_mask is None else key_mask.mT, over=-2)
        outer = self.out_proj.weight.view(-1, self.num_heads, k.shape[-1]).permute(1, 2, 0)
        values = self._heads(self.v_proj(value)) @ outer
        values = values.flatten(1, 2).expand(weights.shape[0], -1, -1)
        return torch.baddbmm(self.out_proj.bias, weights.flatten(1, 2).mT, values)

    def _heads(self, projected: Tensor) -> Tensor:
        """``(N, K, inner)`` as ``(N, heads, K, inner / heads)``."""
        rows, length, width = projected.shape
        return projected.view(rows, length, self.num_heads, width // self.num_heads).transpose(1, 2)

    def _by_head(self, projection: nn.Linear) -> Tensor:
        """Weights ``(heads, inner / heads, C)``."""
        return projection.weight.view(self.num_heads, -1, projection.in_features)

    def _times(self, few: Tensor, many: Tensor) -> Tensor:
        """``(N or 1, heads, K, D)`` times each row of ``(N or 1, L, D)``: ``(N, heads, K, L)``."""
        product = few.flatten(1, 2) @ many.mT
        return product.view(product.shape[0], *few.shape[1:3], many.shape[1])

    @property
    def _scale(self) -> float:
        return float((self.q_proj.out_features // self.num_heads) ** -0.5)


def _softmax(scores: Tensor, mask: Tensor | None, *, over: int) -> Tensor:
    """Softmax over one dimension; entries where the mask is False get nothing."""
    return (scores if mask is None else scores.masked_fill(~mask, -torch.inf)).softmax(over)
