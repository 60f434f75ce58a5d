"""What the numbers and colours of a mask mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.sample import Annotated, Annotations, Remark, Unreadable

Colour: TypeAlias = tuple[int, int, int]
#: Most values that are named one by one; a lossy mask may have hundreds.
_MOST_VALUES = 12


@dataclass(frozen=True)
class Legend:
    """Values to classes. A value that is not in the legend is never dropped in silence.

    Attributes:
        entries: ``(value, class)`` pairs; the class is None for background. Values are whole numbers, or colours
            (red, green, blue).
        tolerance: how far a value may be from its nearest entry (Euclidean for colours) to count as it; for
            anti-aliased and lossy masks. What is farther is background, and is reported.
        apart: whether two values of one class are two objects, such as left and right; otherwise they are one.
    """

    entries: tuple[tuple[int | Colour, str | None], ...]
    tolerance: float = 0.0
    apart: bool = False

    @classmethod
    def index(cls, classes: Mapping[int, str], *, apart: bool = False) -> Legend:
        """Exact labels, 0 is background: ``Legend.index({1: "prostate"})``."""
        return cls(((0, None), *classes.items()), apart=apart)

    @classmethod
    def binary(cls, name: str) -> Legend:
        """A grey mask of 0 and 255; what lies between counts as the nearer one, as lossy files have it."""
        return cls(((0, None), (255, name)), tolerance=128)

    @classmethod
    def grey(cls, classes: Mapping[int, str | None], tolerance: float) -> Legend:
        """Grey levels, 0 is background, with a tolerance: ``Legend.grey({127: "benign", 255: "malignant"}, 63)``."""
        return cls(((0, None), *classes.items()), tolerance)

    @classmethod
    def colours(cls, classes: Mapping[Colour, str | None], tolerance: float) -> Legend:
        """Colours, black is background, with a tolerance."""
        return cls((((0, 0, 0), None), *classes.items()), tolerance)

    @property
    def is_coloured(self) -> bool:
        """Whether its values are colours."""
        return isinstance(self.entries[0][0], tuple)

    def decode(self, labels: npt.NDArray[Any]) -> Annotations:
        """One object per class (or value, if ``apart``), and remarks about values that are not exactly in the legend.

        Args:
            labels: ``(H, W)`` numbers or ``(H, W, 3)`` colours.

        Raises:
            Unreadable: colours came for a legend of numbers, or the other way round.
        """
        # Of a volume, most planes are empty.
        if not labels.any() and self.entries[0] in ((0, None), ((0, 0, 0), None)):
            return Annotations()
        values, places = self._values(labels)
        counts = np.bincount(places.ravel(), minlength=len(values))
        known = np.array([np.atleast_1d(value) for value, _ in self.entries], dtype=np.float64)
        distance = np.linalg.norm(values[:, None].astype(np.float64) - known[None], axis=2)
        nearest = distance.argmin(axis=1)
        off = distance[np.arange(len(values)), nearest]
        is_near = off <= self.tolerance
        is_unknown = ~is_near & (counts > 0)
        classes = [name for _, name in self.entries]
        objects = []
        kinds = [(name, place if self.apart else 0) for place, name in enumerate(classes)]
        for kind in dict.fromkeys(kinds):
            is_kind = np.array([kinds[entry] == kind for entry in nearest]) & is_near & (counts > 0)
            if kind[0] is not None and is_kind.any():
                objects.append(Annotated(kind[0], is_kind[places]))
        remarks = _remarks("value outside the legend, taken as background", values, counts, is_unknown)
        inexact = is_near & (off > 0) & (counts > 0)
        if inexact.any():
            # Where no object comes of it, a mask of 0 and 1 was perhaps taken for one of 0 and 255.
            near = "value near one of the legend, taken as that one"
            remarks.append(Remark(near, f"within {self.tolerance:g}", int(counts[inexact].sum()), not objects))
        return Annotations(tuple(objects), tuple(remarks))

    def _values(self, labels: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Different values ``(N, 1)`` or ``(N, 3)``, and for each pixel ``(H, W)`` the number of its own."""
        if labels.ndim == 3 and not self.is_coloured:
            if (labels != labels[..., :1]).any():
                raise Unreadable("Expected a mask of grey values, but it is coloured.")
            labels = labels[..., 0]
        if labels.ndim == 2 and self.is_coloured:
            labels = np.repeat(labels[..., None], 3, axis=2)
        shape = labels.shape[:2]
        if labels.ndim == 2 and labels.dtype == np.uint8:
            # All that there could be: sorting the pixels takes many times as long.
            return np.arange(256)[:, None], labels
        if labels.ndim == 2:
            values, places = np.unique(labels, return_inverse=True)
            return values[:, None], places.reshape(shape)
        codes = labels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
        unique, places = np.unique(codes, return_inverse=True)
        return np.stack([unique >> 16, (unique >> 8) & 255, unique & 255], axis=1), places.reshape(shape)


def _remarks(
    kind: str, values: npt.NDArray[Any], counts: npt.NDArray[np.intp], chosen: npt.NDArray[np.bool_]
) -> list[Remark]:
    """One remark for each of the most frequent values that are chosen, and one for all the others."""
    places = sorted(np.flatnonzero(chosen), key=lambda place: (-counts[place], place))
    named = [Remark(kind, _text(values[place]), int(counts[place]), is_loss=True) for place in places[:_MOST_VALUES]]
    rest = places[_MOST_VALUES:]
    return named + ([Remark(kind, "other values", int(counts[rest].sum()), is_loss=True)] if rest else [])


def _text(value: npt.NDArray[Any]) -> str:
    return f"value {value[0]:g}" if len(value) == 1 else f"colour ({', '.join(str(int(part)) for part in value)})"
