"""Coloured masks whose edges were smoothed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.reading.label_masks import Labels, fitted
from ultrasam.corpus.reading.legend import Colour, Legend
from ultrasam.corpus.sample import Annotations, Remark, Unreadable
from ultrasam.corpus.source import SourceFile


@dataclass(frozen=True)
class BlendedMask:
    """Objects of a coloured mask, each pixel of a blended colour as the nearest one among the colours around it.

    The nearest colour of the whole legend may be that of a third class: magenta (255, 0, 255) fades into black by way
    of violet (100, 0, 100).

    Attributes:
        labels: colours.
        legend: of colours.
    """

    labels: Labels
    legend: Legend

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files of the array."""
        return self.labels.files

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Settle the blended pixels, then decode by the legend."""
        path = self.files[0].path
        colours = self.labels.load()
        if colours.ndim == 2:
            colours = np.repeat(colours[..., None], 3, axis=2)
        if colours.ndim != 3 or colours.shape[2] != 3 or colours.dtype != np.uint8:
            raise Unreadable(f"Expected an 8-bit coloured mask in {path}, but got {colours.shape} {colours.dtype}.")
        known = [value for value, _ in self.legend.entries if isinstance(value, tuple)]
        settled, count = settle(colours, known)
        found = self.legend.decode(settled)
        remark = Remark("blended colour at an edge, taken as the nearest one beside it", "", count)
        found = Annotations(found.objects, (*found.remarks, *([remark] if count else [])))
        return fitted(found, (settled.shape[0], settled.shape[1]), size_hw, path)


def settle(colours: npt.NDArray[np.uint8], known: Sequence[Colour]) -> tuple[npt.NDArray[np.uint8], int]:
    """Colours ``(H, W, 3)`` with those that are not known replaced by the nearest known one of the 8 pixels around.

    Pixels with no known colour around them stay as they are.

    Returns:
        the colours, and how many pixels were replaced.
    """
    palette = np.array(sorted(known), dtype=np.int64)
    codes, own = _codes(palette), _codes(colours)
    place = np.minimum(np.searchsorted(codes, own), len(codes) - 1)
    place[codes[place] != own] = -1
    rows, columns = np.nonzero(place < 0)
    around = np.pad(place, 1, constant_values=-1)
    is_beside = np.zeros((len(rows), len(known) + 1), bool)
    for down, right in product(range(3), range(3)):
        # -1 is the last column, which is cut off.
        is_beside[np.arange(len(rows)), around[rows + down, columns + right]] = True
    distances = np.linalg.norm(colours[rows, columns].astype(np.int64)[:, None] - palette, axis=2)
    distances = np.where(is_beside[:, :-1], distances, np.inf)
    is_settled = np.isfinite(distances).any(axis=1)
    settled = colours.copy()
    settled[rows[is_settled], columns[is_settled]] = palette[distances[is_settled].argmin(axis=1)]
    return settled, int(is_settled.sum())


def _codes(colours: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    return np.asarray(colours.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1]))
