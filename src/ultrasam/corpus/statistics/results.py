"""What is counted in a data set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

#: What the numbers of images without a split stand under.
NO_SPLIT = "no split"
#: Borders of the bins of sizes, as shares of the image's area: five to each factor of ten.
SHARE_EDGES = tuple(float(edge) for edge in 10.0 ** (np.arange(-25, 1) / 5))


@dataclass(frozen=True)
class Quantiles:
    """How values are spread: ``p25`` has a quarter of them below it."""

    minimum: float
    p5: float
    p25: float
    p50: float
    p75: float
    p95: float
    maximum: float

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> Quantiles | None:
        """Those of numbers (NumPy's linear interpolation); None where there are none."""
        if not values.size:
            return None
        return cls(*(float(q) for q in np.quantile(values, (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1))))


@dataclass(frozen=True)
class PartCounts:
    """A split, or all.

    Attributes:
        name: of the split.
        images: with and without objects.
        empty: images without objects.
        instances: objects.
        patients: who are known.
        sequences: which are known; two patients' sequences of one name count as one.
    """

    name: str
    images: int
    empty: int
    instances: int
    patients: int
    sequences: int


@dataclass(frozen=True)
class ClassCounts:
    """A class.

    Attributes:
        name: of the category.
        structure: of the taxonomy; None where the file does not say.
        instances: objects.
        images: in which there is one at least.
        patients: who are known and have one at least.
        by_split: split to objects.
        area_px: pixels of an object.
        area_share: an object's share of its image's area.
        per_image: objects in an image that has one at least.
        share_histogram: objects by share of the image's area, see ``SHARE_EDGES``.
    """

    name: str
    structure: str | None
    instances: int
    images: int
    patients: int
    by_split: dict[str, int]
    area_px: Quantiles | None
    area_share: Quantiles | None
    per_image: Quantiles | None
    share_histogram: tuple[int, ...]


@dataclass(frozen=True)
class Statistics:
    """Of one data set.

    Attributes:
        name: of the data set.
        total: of all images.
        splits: in their usual order; images without one stand last, under ``"no split"``.
        classes: in the file's order.
        area_share: of all objects, the share of the image's area.
        objects_per_image: number of objects to number of images.
        sizes_wh: width, height in pixels and number of images; the most frequent first.
        spacing_mm: mm per pixel to the right, of the images where it is known.
        spacing_images: images where it is known.
        labels: image-level label to values and numbers of images.
        box_map: ``(32, 32)`` rows of the share of objects whose box covers that place of its image.
        left_out: entries of the file that could not be counted.
    """

    name: str
    total: PartCounts
    splits: tuple[PartCounts, ...]
    classes: tuple[ClassCounts, ...]
    area_share: Quantiles | None
    objects_per_image: dict[int, int]
    sizes_wh: tuple[tuple[int, int, int], ...]
    spacing_mm: Quantiles | None
    spacing_images: int
    labels: dict[str, dict[str, int]]
    box_map: tuple[tuple[float, ...], ...]
    left_out: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
