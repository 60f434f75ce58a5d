"""What images are and what a network says of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError

_Floats = npt.NDArray[np.float64]
_Bools = npt.NDArray[np.bool_]

#: Probability from which a class is decided for, where an image may have several.
THRESHOLD = 0.5


@dataclass(frozen=True, eq=False)
class Classified:
    """What N images are and what a network says of them.

    Attributes:
        probabilities: ``(N, K)`` float64, 0 to 1.
        truths: ``(N, K)`` bool; in each row one class, or any number where ``several``.
        several: whether an image may have any number of classes.
    """

    probabilities: _Floats
    truths: _Bools
    several: bool

    @classmethod
    def of(cls, probabilities: npt.ArrayLike, truths: npt.ArrayLike) -> Classified:
        """Check and take.

        Args:
            probabilities: ``(N, K)``, 0 to 1.
            truths: ``(N,)`` number of each image's class, or ``(N, K)`` bool where an image may have several.

        Raises:
            InputError: there is no image, shapes do not fit, or a value is no probability or no class.
        """
        found, wanted = np.asarray(probabilities, np.float64), np.asarray(truths)
        if found.ndim != 2 or not found.size or len(wanted) != len(found):
            raise InputError(
                f"Expected probabilities (N, K) of at least one image, with N truths, but got {found.shape} and "
                f"{wanted.shape}."
            )
        if not ((found >= 0) & (found <= 1)).all():
            raise InputError(
                "Expected probabilities from 0 to 1, but got others: give softmax or sigmoid of the logits."
            )
        if wanted.ndim == 2:
            if wanted.shape != found.shape:
                raise InputError(f"Expected a truth for each of {found.shape} probabilities, but got {wanted.shape}.")
            return cls(found, wanted.astype(bool), several=True)
        numbers = wanted.astype(np.int64)
        if ((numbers < 0) | (numbers >= found.shape[1])).any():
            raise InputError(f"Expected classes from 0 to {found.shape[1] - 1}, but got {sorted({*numbers.tolist()})}.")
        return cls(found, _one_of(found.shape[1], numbers), several=False)

    @property
    def decided(self) -> _Bools:
        """``(N, K)`` at the operating point: the most probable class, or all from :data:`THRESHOLD` on."""
        if self.several:
            return self.probabilities >= THRESHOLD
        return _one_of(self.probabilities.shape[1], self.probabilities.argmax(axis=1))

    @property
    def scores(self) -> _Floats:
        """``(N, K)`` what ranks the images for each class: the probabilities.

        Of two classes, the odds: a probability that has become 1 has lost what the other still tells.
        """
        if self.several or self.probabilities.shape[1] != 2:
            return self.probabilities
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = self.probabilities / self.probabilities[:, ::-1]
        return np.where(np.isnan(odds), 1.0, odds)

    @property
    def confusion(self) -> npt.NDArray[np.int64]:
        """``(K, K)`` images by true (rows) and decided (columns) class; where several, pairs of all of them."""
        return np.asarray(self.truths.T.astype(np.int64) @ self.decided.astype(np.int64))

    @property
    def confidences(self) -> tuple[_Floats, _Bools]:
        """``(N, J)`` how sure the network is of each decision, and whether it is right.

        J is 1, or K where an image may have several classes: each is a decision of its own.
        """
        if self.several:
            sure = np.where(self.decided, self.probabilities, 1 - self.probabilities)
            return sure, np.equal(self.decided, self.truths)
        right = (self.decided & self.truths).any(axis=1)
        return self.probabilities.max(axis=1, keepdims=True), np.asarray(right)[:, None]


def _one_of(classes: int, numbers: npt.NDArray[np.int64]) -> _Bools:
    """``(N, classes)`` True at each row's number."""
    return np.equal(numbers[:, None], np.arange(classes))
