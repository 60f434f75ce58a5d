"""Annotations of one image that come in several kinds, the better ones of which may be damaged."""

from __future__ import annotations

from dataclasses import dataclass

from ultrasam.corpus.sample import Annotations, MaskSource, Remark, Unreadable
from ultrasam.corpus.source import SourceFile


@dataclass(frozen=True)
class FirstReadable:
    """The objects of the first annotation that can be read, and a remark where it is not the first of all.

    Attributes:
        masks: annotations of the same objects, the best one first.
    """

    masks: tuple[MaskSource, ...]

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files of all annotations."""
        return tuple(file for mask in self.masks for file in mask.files)

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Try one annotation after another.

        Raises:
            Unreadable: none of them can be read; the reason is that of the first one.
        """
        reasons = []
        for mask in self.masks:
            try:
                found = mask.read(size_hw)
            except Unreadable as error:
                reasons.append(error)
                continue
            remark = Remark("annotation that cannot be read, another kind of it taken", "")
            return Annotations(found.objects, (*found.remarks, *([remark] if reasons else [])))
        raise reasons[0]
