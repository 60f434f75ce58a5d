"""Masks of bright structures, some of which lie on their side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultrasam.corpus.reading.label_masks import decoded, fitted
from ultrasam.corpus.reading.legend import Legend
from ultrasam.corpus.reading.pictures import LabelPicture, PictureFile
from ultrasam.corpus.sample import Annotated, Annotations, Remark
from ultrasam.corpus.source import SourceFile

#: Quarter turns, anticlockwise as NumPy counts them.
_TURNS = {0: "none", -1: "clockwise", 1: "anticlockwise"}


@dataclass(frozen=True)
class TurnedMask:
    """One object of a mask that may lie on its side.

    A mask is turned if only so it has its image's shape. In which direction, and whether at all where the image is
    square, is told by the image: the structure is bright, so that the right turn has the brightest pixels below it.

    Attributes:
        labels: the mask.
        legend: of one class.
        image: that the mask is of.
    """

    labels: LabelPicture
    legend: Legend
    image: PictureFile

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file of the mask."""
        return self.labels.files

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Decode and turn; a turn is said in a remark."""
        found, own_hw = decoded(self.labels, self.legend)
        if not found.objects:
            return found if own_hw == size_hw[::-1] else fitted(found, own_hw, size_hw, self.files[0].path)
        [entry] = found.objects
        turned = {turn: np.ascontiguousarray(np.rot90(entry.mask, turn)) for turn in _TURNS}
        fitting = {turn: mask for turn, mask in turned.items() if mask.shape == size_hw}
        if list(fitting) in ([], [0]):
            return fitted(found, own_hw, size_hw, self.files[0].path)
        grey = np.atleast_3d(self.image.read().pixels).mean(axis=2)
        turn = max(fitting, key=lambda turn: grey[fitting[turn]].mean())
        remarks = () if turn == 0 else (Remark("mask that lies on its side, turned by 90°", _TURNS[turn]),)
        return Annotations((Annotated(entry.category, fitting[turn]),), (*found.remarks, *remarks))
