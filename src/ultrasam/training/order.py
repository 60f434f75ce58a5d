"""In which order images are seen, weighted or in rounds: the same for a seed wherever a run is taken up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from torch.utils.data import Sampler

#: Images drawn at once. Part of the order: another number gives other draws.
_BLOCK = 4096


class WeightedOrder(Sampler[tuple[int, int]]):
    """An endless sequence of ``(position, image)``, of which this process sees its own part.

    Each block of positions has a random generator of its own, so that position 1,000,000 is known without drawing
    all before it, and so that what an image is asked can hang on its position alone.

    Args:
        weights: of each image; zero or more, in any unit.
        seed: of the order.
        start: the first position.
        rank: number of this process among ``world_size``.
        world_size: processes that share the sequence; process r takes positions r, r + world_size, ….
    """

    def __init__(
        self, weights: Sequence[float], *, seed: int, start: int = 0, rank: int = 0, world_size: int = 1
    ) -> None:
        shares = np.asarray(weights, np.float64)
        self._cumulative = np.cumsum(shares / shares.sum())
        self._seed = seed
        self._start = start
        self._rank = rank
        self._world_size = world_size

    def __iter__(self) -> Iterator[tuple[int, int]]:
        position = self._start + self._rank
        while True:
            block = position // _BLOCK
            drawn = np.random.default_rng((self._seed, 0, block)).random(_BLOCK)
            images = np.searchsorted(self._cumulative, drawn * self._cumulative[-1], side="right")
            while position // _BLOCK == block:
                yield position, int(min(images[position % _BLOCK], len(self._cumulative) - 1))
                position += self._world_size


class ShuffledOrder(Sampler[tuple[int, int]]):
    """An endless sequence of ``(position, image)`` in which every image comes once before any comes again.

    Each round has a random generator of its own, so that any position is known without drawing all before it.

    Args:
        count: of images.
        seed: of the order.
        start: the first position.
        rank: number of this process among ``world_size``.
        world_size: processes that share the sequence; process r takes positions r, r + world_size, ….
    """

    def __init__(self, count: int, *, seed: int, start: int = 0, rank: int = 0, world_size: int = 1) -> None:
        self._count = count
        self._seed = seed
        self._start = start
        self._rank = rank
        self._world_size = world_size

    def __iter__(self) -> Iterator[tuple[int, int]]:
        position = self._start + self._rank
        while True:
            round_number = position // self._count
            images = np.random.default_rng((self._seed, 0, round_number)).permutation(self._count)
            while position // self._count == round_number:
                yield position, int(images[position % self._count])
                position += self._world_size


def image_weights(counts: Sequence[int], folder_weights: Sequence[float]) -> list[float]:
    """The weight of every image of several folders, so that each folder comes as often as its weight says."""
    return [weight / count for count, weight in zip(counts, folder_weights, strict=True) for _ in range(count)]
