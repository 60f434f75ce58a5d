"""Layers that more than one part of the network is made of.

Parameter names follow segment-anything (Apache-2.0, Meta), so that its state dicts load without a map.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from typing_extensions import Self


#: Tokens that a CPU takes through a perceptron at a time: what lies between a ViT-B's layers takes 12 MB, of 4,096
#: tokens 50 MB, which the system would hand out and take back, page by page, in every block.
TOKENS_AT_ONCE = 1024


class AtLeastFloat32(nn.Module):
    """A module whose values stay in single precision when the network around it is moved to 16 bits."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        def moved(tensor: Tensor) -> Tensor:
            result = fn(tensor)
            if tensor.is_floating_point() and result.dtype.itemsize < torch.float32.itemsize:
                return tensor.to(result.device, torch.float32)
            return result

        module: Self = super()._apply(moved, recurse)  # type: ignore[no-untyped-call]
        return module


class LayerNorm2d(nn.LayerNorm):
    """Layer normalisation over the channels of a feature map."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__(channels, eps=eps)

    def forward(self, features: Tensor) -> Tensor:
        """Normalise ``(B, C, H, W)`` over C; the shape stays."""
        return self.over_last(features.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    def over_last(self, features: Tensor) -> Tensor:
        """Normalise ``(..., C)`` over C."""
        return super().forward(features)


class MLPBlock(nn.Module):
    """The two-layer perceptron of a transformer block."""

    def __init__(self, dim: int, hidden_dim: int, activation: type[nn.Module] = nn.GELU) -> None:
        super().__init__()
        self.lin1 = nn.Linear(dim, hidden_dim)
        self.lin2 = nn.Linear(hidden_dim, dim)
        self.act = activation()

    def forward(self, tokens: Tensor) -> Tensor:
        """Map ``(..., dim)`` to the same shape."""
        if not runs_in_pieces(tokens, *self.parameters()):
            return self._mapped(tokens)
        mapped = torch.empty_like(tokens, memory_format=torch.contiguous_format)
        targets = torch.split(mapped.flatten(0, -2), TOKENS_AT_ONCE)
        for part, target in zip(torch.split(tokens.flatten(0, -2), TOKENS_AT_ONCE), targets, strict=True):
            target.copy_(self._mapped(part))
        return mapped

    def _mapped(self, tokens: Tensor) -> Tensor:
        output: Tensor = self.lin2(self.act(self.lin1(tokens)))
        return output


class MLP(nn.Module):
    """The perceptron of the mask decoder's heads: linear layers with ReLU between them."""

    def __init__(self, input_dim: int, hidden_dim: int, output_dim: int, depth: int) -> None:
        super().__init__()
        dims = [input_dim, *[hidden_dim] * (depth - 1), output_dim]
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in pairwise(dims))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map ``(..., input_dim)`` to ``(..., output_dim)``."""
        for layer in self.layers[:-1]:
            tokens = F.relu(layer(tokens))
        output: Tensor = self.layers[-1](tokens)
        return output


def neck(input_channels: int, output_channels: int) -> nn.Sequential:
    """Both image encoders' last layers: ``(B, input_channels, h, w)`` to ``(B, output_channels, h, w)``."""
    return nn.Sequential(
        nn.Conv2d(input_channels, output_channels, kernel_size=1, bias=False),
        LayerNorm2d(output_channels),
        nn.Conv2d(output_channels, output_channels, kernel_size=3, padding=1, bias=False),
        LayerNorm2d(output_channels),
    )


def split_windows(grid: Tensor, window_size: int, filling: Tensor | None = None) -> Tensor:
    """Cut ``(B, H, W, C)`` into windows ``(B * rows * columns, window_size, window_size, C)``.

    The grid is padded at the right and at the bottom to whole windows, with ``filling`` ``(C,)``, or with zeros.
    """
    batch, height, width, channels = grid.shape
    rows, columns = -(-height // window_size), -(-width // window_size)
    right, below = columns * window_size - width, rows * window_size - height
    if filling is None:
        grid = F.pad(grid, (0, 0, 0, right, 0, below))
    elif right or below:
        grid = torch.cat([grid, filling.to(grid.dtype).expand(batch, height, right, channels)], dim=2)
        grid = torch.cat([grid, filling.to(grid.dtype).expand(batch, below, width + right, channels)], dim=1)
    grid = grid.reshape(batch, rows, window_size, columns, window_size, channels)
    return grid.transpose(2, 3).reshape(-1, window_size, window_size, channels)


def join_windows(windows: Tensor, size_hw: tuple[int, int]) -> Tensor:
    """Undo :func:`split_windows`: back to ``(B, H, W, C)`` with ``size_hw = (H, W)``, the padding cut off."""
    height, width = size_hw
    window_size, channels = windows.shape[2:]
    rows, columns = -(-height // window_size), -(-width // window_size)
    grid = windows.reshape(-1, rows, columns, window_size, window_size, channels).transpose(2, 3)
    return grid.reshape(-1, rows * window_size, columns * window_size, channels)[:, :height, :width]


def runs_in_pieces(*tensors: Tensor) -> bool:
    """Whether work on tensors (inputs and parameters) is best cut into pieces that fit a processor's caches.

    On a CPU, where memory is slower than arithmetic. Not where gradients are wanted, as the backward pass would keep
    every piece anyway; not in a compiled or exported graph, whose sizes the number of pieces would fix; and not on an
    accelerator, which wants few large launches.
    """
    wants_gradients = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
    is_on_cpu = all(tensor.device.type == "cpu" for tensor in tensors)
    return is_on_cpu and not wants_gradients and not torch.compiler.is_compiling()
