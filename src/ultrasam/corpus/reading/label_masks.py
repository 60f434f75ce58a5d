"""Objects out of arrays of labels: mask pictures and planes of label volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.reading.legend import Legend
from ultrasam.corpus.sample import Annotated, Annotations, Remark, Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.types import Mask

#: Height over width of a mask and of its image may differ by this share, before they are taken for different views.
_SHAPE_TOLERANCE = 0.02


class Labels(Protocol):
    """Where an array of labels comes from; implementations are frozen dataclasses."""

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files that are read."""
        ...

    def load(self) -> npt.NDArray[Any]:
        """Labels ``(H, W)`` or colours ``(H, W, 3)``."""
        ...


@dataclass(frozen=True)
class LabelMask:
    """Objects of an array of labels, by its legend.

    Attributes:
        labels: the array.
        legend: what its values mean.
        any_shape: whether a mask of another shape than its image was drawn on the image stretched to that shape, as
            the data set is known for.
    """

    labels: Labels
    legend: Legend
    any_shape: bool = False

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files of the array."""
        return self.labels.files

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Decode by the legend first, then bring masks of another size to the image's, by the nearest pixel."""
        found, own_hw = decoded(self.labels, self.legend)
        return fitted(found, own_hw, size_hw, self.files[0].path, any_shape=self.any_shape)


def decoded(labels: Labels, legend: Legend) -> tuple[Annotations, tuple[int, int]]:
    """The objects of an array, at its own size, and that size, ``(H, W)``.

    Raises:
        Unreadable: the array cannot be read, or its legend is of another kind.
    """
    values = labels.load()
    try:
        return legend.decode(values), (values.shape[0], values.shape[1])
    except Unreadable as error:
        raise Unreadable(f"{labels.files[0].path}: {error}") from error


def fitted(
    found: Annotations, own_hw: tuple[int, int], size_hw: tuple[int, int], path: str, *, any_shape: bool = False
) -> Annotations:
    """The same objects on an image of this size, stretched where ``any_shape`` allows it.

    Args:
        found: with masks of one size.
        own_hw: that size; also where there is no object: an empty mask of another view says nothing of this one.
        size_hw: of the image.
        path: of the masks, for errors.
        any_shape: as that of :class:`LabelMask`.

    Raises:
        Unreadable: the masks have another shape than the image: they belong to another view.
    """
    if own_hw == size_hw:
        return found
    height, width = own_hw
    ratio = (height / width) / (size_hw[0] / size_hw[1])
    is_rounded = max(abs(height - size_hw[0]), abs(width - size_hw[1])) <= 2
    if not any_shape and not is_rounded and abs(ratio - 1) > _SHAPE_TOLERANCE:
        raise Unreadable(
            f"Expected a mask of the image's shape, {size_hw[0]} x {size_hw[1]} (rows x columns) or a multiple, "
            f"but {path} has {height} x {width}."
        )
    objects = tuple(Annotated(entry.category, resized(entry.mask, size_hw)) for entry in found.objects)
    remark = Remark(
        "mask of another size than its image, brought to it", f"{height} x {width} to {size_hw[0]} x {size_hw[1]}"
    )
    return Annotations(objects, (*found.remarks, remark))


def resized(mask: Mask, size_hw: tuple[int, int]) -> Mask:
    """A mask ``(H, W)`` bool at another size, each pixel as the one under its centre."""
    rows, columns = (
        np.minimum(((np.arange(new) + 0.5) * old / new).astype(np.intp), old - 1)
        for new, old in zip(size_hw, mask.shape, strict=True)
    )
    return np.ascontiguousarray(mask[np.ix_(rows, columns)])
