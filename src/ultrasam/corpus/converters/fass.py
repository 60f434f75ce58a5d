"""FASS: ``IMAGES/P01_IMG1.png`` with ``ARRAY_FORMAT/P01_IMG1.npy``, a pickled dictionary of binary arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import Legend, PictureFile, load_pickled, pairs
from ultrasam.corpus.reading.label_masks import fitted
from ultrasam.corpus.sample import Annotated, Annotations, Remark, Sample, Unreadable
from ultrasam.corpus.source import Source, SourceFile

_CLASSES = ("artery", "liver", "stomach", "vein")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All images; the letters before ``_`` are the patient."""
    for image, arrays in pairs(source.select("IMAGES/*.png"), source.select("ARRAY_FORMAT/*.npy"), notes):
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(_Structures(arrays),),
            patient=image.stem.partition("_")[0].upper(),
        )


@dataclass(frozen=True)
class _Structures:
    """The arrays of one file, each an object of its own: they may overlap."""

    file: SourceFile

    @property
    def files(self) -> tuple[SourceFile, ...]:
        return (self.file,)

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        content = load_pickled(self.file)
        structures = content.get("structures") if isinstance(content, dict) else None
        if not isinstance(structures, dict):
            raise Unreadable(f"Expected a dictionary of structures in {self.file.path}, but got something else.")
        objects: list[Annotated] = []
        remarks: list[Remark] = []
        for name, values in structures.items():
            if name not in _CLASSES:
                remarks.append(Remark("structure that is not on the card, left out", str(name), is_loss=True))
                continue
            if not isinstance(values, np.ndarray) or values.ndim != 2:
                raise Unreadable(f"Expected an array (rows, columns) for {name} in {self.file.path}, but got another.")
            found = Legend(((0, None), (1, name), (255, name))).decode(values)
            found = fitted(found, size_hw, self.file.path)
            objects += found.objects
            remarks += found.remarks
        return Annotations(tuple(objects), tuple(remarks))
