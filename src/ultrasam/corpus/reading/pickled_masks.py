"""Masks of one image that were saved together, as a pickled dictionary of arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultrasam.corpus.reading.label_masks import fitted
from ultrasam.corpus.reading.legend import Legend
from ultrasam.corpus.reading.pickled_arrays import load_pickled
from ultrasam.corpus.sample import Annotated, Annotations, Remark, Unreadable
from ultrasam.corpus.source import SourceFile


@dataclass(frozen=True)
class PickledMasks:
    """The arrays of a ``.npy`` file, each an object of its own: they may overlap.

    Attributes:
        file: a dictionary that holds another one, of arrays ``(H, W)`` of 0 and 1, or 0 and 255.
        key: of that one.
        classes: names of arrays, which are classes.
    """

    file: SourceFile
    key: str
    classes: tuple[str, ...]

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file."""
        return (self.file,)

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Decode; arrays of other names are left out, with a remark.

        Raises:
            Unreadable: the file is damaged, or holds something else.
        """
        content = load_pickled(self.file)
        arrays = content.get(self.key) if isinstance(content, dict) else None
        if not isinstance(arrays, dict):
            raise Unreadable(f"Expected a dictionary of {self.key} in {self.file.path}, but got something else.")
        objects: list[Annotated] = []
        remarks: list[Remark] = []
        for name, values in arrays.items():
            if name not in self.classes:
                remarks.append(Remark("structure that is not on the card, left out", str(name), is_loss=True))
                continue
            if not isinstance(values, np.ndarray) or values.ndim != 2:
                raise Unreadable(f"Expected an array (rows, columns) for {name} in {self.file.path}, but got another.")
            found = Legend(((0, None), (1, name), (255, name))).decode(values)
            found = fitted(found, (values.shape[0], values.shape[1]), size_hw, self.file.path)
            objects += found.objects
            remarks += found.remarks
        return Annotations(tuple(objects), tuple(remarks))
