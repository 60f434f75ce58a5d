"""How equal the answers of two ways to run a network are: without it, a speed says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.types import Mask


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network said.

    Attributes:
        embeddings: ``(B, C, S/16, S/16)`` float32, of each image.
        masks: of each image ``(N, H, W)`` bool, one for each box.
    """

    embeddings: npt.NDArray[np.float32]
    masks: tuple[npt.NDArray[np.bool_], ...]

    def write(self, path: Path) -> None:
        """Write them to an ``.npz`` file."""
        named: dict[str, Any] = {f"masks_{number}": masks for number, masks in enumerate(self.masks)}
        np.savez(path, embeddings=self.embeddings, **named)

    @classmethod
    def read(cls, path: Path) -> Answers:
        """What :meth:`write` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(file["embeddings"], tuple(file[f"masks_{number}"] for number in range(len(file.files) - 1)))


@dataclass(frozen=True)
class Agreement:
    """How far answers are from the reference's.

    Attributes:
        embedding_difference: largest difference of a value, as a share of the reference's largest value; of the
            image where it is worst.
        dice_mean: of the masks, over all boxes of all images.
        dice_min: of the mask that differs most.
        masks: how many were compared.
    """

    embedding_difference: float
    dice_mean: float
    dice_min: float
    masks: int


def agreement(answers: Answers, reference: Answers) -> Agreement:
    """Compare answers to the same questions.

    Example:
        >>> square = np.zeros((1, 4, 4), bool)
        >>> square[:, 1:3, 1:3] = True
        >>> one = Answers(np.ones((1, 1, 2, 2), np.float32), (square,))
        >>> agreement(one, one)
        Agreement(embedding_difference=0.0, dice_mean=1.0, dice_min=1.0, masks=1)
    """
    pairs = zip(answers.embeddings, reference.embeddings, strict=True)
    differences = [float(np.abs(own - theirs).max() / max(np.abs(theirs).max(), 1e-30)) for own, theirs in pairs]
    dices = [
        _dice(own, theirs)
        for of_image, of_reference in zip(answers.masks, reference.masks, strict=True)
        for own, theirs in zip(of_image, of_reference, strict=True)
    ]
    # NaN is the worst that can come; max() would pass over it.
    return Agreement(float(np.max(differences)), float(np.mean(dices)), min(dices), len(dices))


def _dice(mask: Mask, other: Mask) -> float:
    """Of two masks; 1 where both are empty."""
    both = int(mask.sum()) + int(other.sum())
    return 2 * int((mask & other).sum()) / both if both else 1.0
