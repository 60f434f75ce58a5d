"""Array shapes by name, and the prompt of one object.

Coordinates are pixels of the original image, x right, y down, and mean what they mean in segment-anything:
``(0, 0)`` is the first pixel, a box is ``(x0, y0, x1, y1)`` with x1 and y1 exclusive, and a coordinate of the
original image becomes ``coordinate * scale`` in the model's frame, where the prompt encoder adds half a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError, PromptError

if TYPE_CHECKING:
    from typing_extensions import Self

#: ``(H, W)`` grey or ``(H, W, 3)`` RGB, uint8.
Pixels: TypeAlias = npt.NDArray[np.uint8]
#: ``(H, W)`` bool, True inside the structure.
Mask: TypeAlias = npt.NDArray[np.bool_]
#: ``(256, 256)`` float32 (a quarter of the input size): the mask before the threshold, in the model's frame.
LowResLogits: TypeAlias = npt.NDArray[np.float32]
#: ``(N, 2)`` float32.
PointsXY: TypeAlias = npt.NDArray[np.float32]
#: ``(x0, y0, x1, y1)``.
BoxXYXY: TypeAlias = tuple[float, float, float, float]
#: ``(x, y)``: millimetres per pixel to the right and down.
SpacingXY: TypeAlias = tuple[float, float]


@dataclass(frozen=True, eq=False, init=False)
class Prompts:
    """What a user says about **one** object: any mixture of points, one box and a mask.

    Example:
        >>> Prompts(box_xyxy=(312, 140, 640, 420)).box_xyxy
        (312.0, 140.0, 640.0, 420.0)
        >>> Prompts(points_xy=[(420, 300), (520, 310)], labels=[1, 0]).points_xy.shape
        (2, 2)
        >>> Prompts(points_xy=[(420, 300)]).labels.tolist()
        [1]

    Attributes:
        points_xy: ``(N, 2)`` float32 pixels of the original image; ``(0, 2)`` where there is none.
        labels: ``(N,)`` int64, 1 inside the object, 0 outside it; left out, every point is inside.
        box_xyxy: one box around the object, or None.
        mask: a mask to start from: bool ``(H, W)`` of the original image, or float low-resolution logits as a
            former result gave them; None where there is none.
        name: what the object is called in the outputs; free text, or None.
    """

    points_xy: PointsXY
    labels: npt.NDArray[np.int64]
    box_xyxy: BoxXYXY | None
    mask: Mask | LowResLogits | None
    name: str | None

    def __init__(
        self,
        *,
        points_xy: npt.ArrayLike | None = None,
        labels: npt.ArrayLike | None = None,
        box_xyxy: npt.ArrayLike | None = None,
        mask: npt.ArrayLike | None = None,
        name: str | None = None,
    ) -> None:
        """Take any array-like and check it.

        Raises:
            PromptError: nothing was given, or a shape, a number or a label is wrong.
        """
        if name is not None and not isinstance(name, str):
            raise PromptError(f"Expected name as text, but got {name!r}.")
        points = _points(points_xy)
        values = {
            "points_xy": points,
            "labels": _labels(labels, len(points)),
            "box_xyxy": None if box_xyxy is None else _box(box_xyxy),
            "mask": None if mask is None else _mask(mask),
            "name": name,
        }
        if not len(points) and box_xyxy is None and mask is None:
            raise PromptError("Expected at least one point, a box or a mask as prompt, but got none of them.")
        for attribute, value in values.items():
            object.__setattr__(self, attribute, value)

    def check_inside(self, size_hw: tuple[int, int]) -> Self:
        """Return self if every point, the box and a full-size mask fit an image of ``size_hw``.

        Raises:
            PromptError: something lies outside the image, or the mask has another size.
        """
        height, width = size_hw
        frame = f"inside the image of {width} x {height} pixels"
        for x, y in self.points_xy:
            if not (0 <= x < width and 0 <= y < height):
                raise PromptError(f"Expected every point {frame}, but got ({x:g}, {y:g}).")
        if self.box_xyxy is not None:
            x0, y0, x1, y1 = self.box_xyxy
            if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
                raise PromptError(f"Expected box_xyxy {frame}, but got ({x0:g}, {y0:g}, {x1:g}, {y1:g}).")
        if self.mask is not None and self.mask.dtype == bool and self.mask.shape != (height, width):
            raise PromptError(
                f"Expected a mask prompt of the image's size {height} x {width} (rows x columns), "
                f"but got {self.mask.shape[0]} x {self.mask.shape[1]}."
            )
        return self


def check_mask(mask: Mask, name: str = "a mask") -> None:
    """Raise InputError unless a mask is a bool array of two dimensions; ``name`` is what the message calls it."""
    if mask.ndim != 2 or mask.dtype != bool:
        raise InputError(f"Expected {name} of shape (H, W) of bool, but got {mask.shape} of {mask.dtype}.")


def _points(value: Any) -> PointsXY:
    if value is None:
        return np.zeros((0, 2), np.float32)
    points = _numbers(value, "points_xy")
    if points.size == 0:
        return np.zeros((0, 2), np.float32)
    if points.shape == (2,):
        points = points[None]
    if points.ndim != 2 or points.shape[1] != 2:
        raise PromptError(f"Expected points_xy as (x, y) pairs of shape (N, 2), but got shape {points.shape}.")
    return points.astype(np.float32)


def _labels(value: Any, count: int) -> npt.NDArray[np.int64]:
    if value is None:
        return np.ones(count, np.int64)
    labels = np.atleast_1d(_numbers(value, "labels"))
    if labels.shape != (count,):
        raise PromptError(
            f"Expected one label (1 inside, 0 outside) for each of the {count} points, but got {labels.size} labels."
        )
    if not np.isin(labels, (0, 1)).all():
        raise PromptError(f"Expected labels to be 1 (inside) or 0 (outside), but got {labels.tolist()}.")
    return labels.astype(np.int64)


def _box(value: Any) -> BoxXYXY:
    box = _numbers(value, "box_xyxy")
    if box.shape != (4,):
        raise PromptError(f"Expected box_xyxy as four numbers (x0, y0, x1, y1), but got {box.size}.")
    x0, y0, x1, y1 = (float(v) for v in box)
    if x1 <= x0 or y1 <= y0:
        raise PromptError(
            f"Expected box_xyxy as (x0, y0, x1, y1) with x0 < x1 and y0 < y1, but got "
            f"({x0:g}, {y0:g}, {x1:g}, {y1:g}): give the left upper corner first, then the right lower corner."
        )
    return x0, y0, x1, y1


def _mask(value: Any) -> Mask | LowResLogits:
    mask = np.asarray(value)
    if mask.ndim == 3 and mask.shape[0] == 1:
        mask = mask[0]
    if mask.ndim != 2 or mask.dtype.kind not in "bf":
        raise PromptError(
            "Expected a mask prompt as a bool array (H, W) of the image's size or as float low-resolution logits, "
            f"but got shape {mask.shape} of {mask.dtype}."
        )
    if mask.dtype == bool:
        if not mask.any():
            raise PromptError("Expected a mask prompt with at least one pixel set, but got an empty mask.")
        return mask.astype(np.bool_)
    if not np.isfinite(mask).all():
        raise PromptError("Expected finite logits as mask prompt, but got NaN or infinity.")
    return mask.astype(np.float32)


def _numbers(value: Any, name: str) -> npt.NDArray[np.float64]:
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise PromptError(f"Expected numbers in {name}, but got {value!r}.") from error
    if not np.isfinite(array).all():
        raise PromptError(f"Expected finite numbers in {name}, but got {array.tolist()}.")
    return array
