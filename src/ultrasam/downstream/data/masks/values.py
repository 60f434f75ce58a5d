"""The numbers and colours that mask files hold, before anybody says what they mean."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.reading.legend import Colour
from ultrasam.corpus.reading.pictures import LabelPicture
from ultrasam.downstream.data.files import source_file
from ultrasam.imaging import read_labels
from ultrasam.imaging.reading import file_kind
from ultrasam.imaging.recognise import RASTER

#: A mask with more values than this is a photograph, or was smoothed; they are not counted further.
_MOST_VALUES = 256
_MOST_TOLD = 8
#: Grey levels beside 0 and 255 that smoothing leaves behind are this rare among those that are not 0.
_SMOOTHED_SHARE = 0.1
#: How far a JPEG's values are off beside an edge.
_LOSSY_MARGIN = 24


def load_mask(path: Path) -> npt.NDArray[Any]:
    """A mask file as ``(H, W)`` numbers or ``(H, W, 3)`` colours; a colour image without colours as numbers.

    Raises:
        ImageError: it is of no known kind, or a volume of several frames.
        Unreadable: it is damaged.
    """
    if file_kind(path) not in RASTER:
        return read_labels(path)
    values = LabelPicture(source_file(path)).load()
    if values.ndim == 3 and (values == values[..., :1]).all():
        return values[..., 0]
    return values


@dataclass(frozen=True, eq=False)
class MaskValues:
    """How many pixels have each value, over some masks; 0, or black, apart.

    Attributes:
        pixels: by number, or by colour (red, green, blue).
        is_lossy: whether a file is a JPEG, whose values lie near those that were meant.
    """

    pixels: Counter[int | Colour] = field(default_factory=Counter)
    is_lossy: bool = False

    @classmethod
    def of(cls, path: Path) -> MaskValues:
        """Those of one file."""
        is_lossy = file_kind(path) == "JPEG"
        values = load_mask(path)
        if values.ndim == 3:
            codes, counts = np.unique(
                values.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32), return_counts=True
            )
            most = np.argsort(-counts, kind="stable")[:_MOST_VALUES]
            found: Counter[int | Colour] = Counter(
                {(int(codes[i]) >> 16, int(codes[i]) >> 8 & 255, int(codes[i]) & 255): int(counts[i]) for i in most}
            )
            del found[0, 0, 0]
            return cls(found, is_lossy)
        if values.dtype == np.uint8:
            counts = np.bincount(values.ravel(), minlength=256)
            numbers = np.flatnonzero(counts)
            counts = counts[numbers]
        else:
            numbers, counts = np.unique(values, return_counts=True)
        most = np.argsort(-counts, kind="stable")[:_MOST_VALUES]
        found = Counter({int(numbers[i]): int(counts[i]) for i in most})
        del found[0]
        return cls(found, is_lossy)

    def __or__(self, other: MaskValues) -> MaskValues:
        return MaskValues(self.pixels + other.pixels, self.is_lossy or other.is_lossy)

    @property
    def colours(self) -> list[Colour]:
        """The colours, the most frequent first."""
        return [value for value, _ in self.pixels.most_common() if isinstance(value, tuple)]

    @property
    def numbers(self) -> list[int]:
        """The numbers in ascending order."""
        return sorted(value for value in self.pixels if isinstance(value, int))

    @property
    def is_black_and_white(self) -> bool:
        """Whether all is 0 and 255, as far as smoothing or a lossy file leave it so."""
        margin = _LOSSY_MARGIN if self.is_lossy else 0
        inside = sum(count for value, count in self.pixels.items() if isinstance(value, int) and value > margin)
        white = sum(self.pixels[value] for value in range(255 - margin, 256))
        return not self.colours and max(self.numbers, default=0) <= 255 and white > (1 - _SMOOTHED_SHARE) * inside

    @property
    def text(self) -> str:
        """``"1 (5000 pixels), 2 (300 pixels)"``, the most frequent first."""
        common = sorted(self.pixels.items(), key=lambda item: (-item[1], str(item[0])))
        told = [f"{value} ({count} pixels)" for value, count in common[:_MOST_TOLD]]
        return ", ".join(told) + (", …" if len(common) > _MOST_TOLD else "")
