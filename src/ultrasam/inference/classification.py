"""A result of a classifier: probabilities of classes, or the values of a regression."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.inference.segmentation import Segmentation

#: A class of several at once is there from this probability on.
THRESHOLD = 0.5


def _nothing() -> npt.NDArray[np.float64]:
    return np.zeros(0)


@dataclass(frozen=True, eq=False)
class Classification:
    """What a fine-tuned model says about an image, or about the object that a prompt marks in it.

    Example:
        >>> found = Classification(("benign", "malignant"), probabilities=np.array([0.9, 0.1]))
        >>> found.label, found.to_dict()
        ('benign', {'label': 'benign', 'probabilities': {'benign': 0.9, 'malignant': 0.1}})

    Attributes:
        classes: names of the K classes, or of the values.
        probabilities: ``(K,)`` float64, 0 to 1; ``(0,)`` in a regression.
        values: ``(K,)`` float64 in the units of the training data; ``(0,)`` in a classification.
        several: whether any number of classes may be true at once; else the probabilities sum to 1.
        segmentation: the outline of the object that was prompted; None where the whole image was asked about.

    Raises:
        InputError: there is not one probability, or one value, for each class.
    """

    classes: tuple[str, ...]
    probabilities: npt.NDArray[np.float64] = field(default_factory=_nothing)
    values: npt.NDArray[np.float64] = field(default_factory=_nothing)
    several: bool = False
    segmentation: Segmentation | None = None

    def __post_init__(self) -> None:
        shapes = self.probabilities.shape, self.values.shape
        count = len(self.classes)
        if shapes not in (((count,), (0,)), ((0,), (count,))):
            raise InputError(
                f"Expected either probabilities or values of the {count} classes {', '.join(self.classes)}, but got "
                f"the shapes {shapes[0]} and {shapes[1]}."
            )

    @property
    def is_regression(self) -> bool:
        """Whether there are values instead of probabilities."""
        return bool(len(self.values))

    @property
    def label(self) -> str:
        """The most probable class.

        Raises:
            InputError: this is a regression, which has values only.
        """
        if self.is_regression:
            raise InputError(f"Expected a classification, but this is a regression of {', '.join(self.classes)}.")
        return self.classes[int(self.probabilities.argmax())]

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that are there: each above 0.5 where several may be, else the most probable one.

        Raises:
            InputError: this is a regression, which has values only.
        """
        if not self.several:
            return (self.label,)
        return tuple(
            name for name, probability in zip(self.classes, self.probabilities, strict=True) if probability > THRESHOLD
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: ``label`` (or ``labels``) with ``probabilities`` by class, or ``values`` by name."""
        if self.is_regression:
            return {"values": dict(zip(self.classes, self.values.tolist(), strict=True))}
        said = {"labels": list(self.labels)} if self.several else {"label": self.label}
        return {**said, "probabilities": dict(zip(self.classes, self.probabilities.tolist(), strict=True))}

    def __repr__(self) -> str:
        if self.is_regression:
            numbers = zip(self.classes, self.values, strict=True)
            return f"Classification({', '.join(f'{name}={value:.4g}' for name, value in numbers)})"
        if self.several:
            return f"Classification({', '.join(self.labels) or 'none'})"
        return f"Classification({self.label}, probability={self.probabilities.max():.2f})"
