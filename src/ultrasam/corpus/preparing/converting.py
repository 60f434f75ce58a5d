"""Samples to image files and records: the part of a conversion that runs in many processes at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ultrasam.corpus.preparing.record import Record
from ultrasam.corpus.reading.stacks import close_stacks
from ultrasam.corpus.sample import Annotated, Picture, Remark, Sample, Unreadable
from ultrasam.errors import InputError
from ultrasam.extras import require
from ultrasam.files import written_whole
from ultrasam.imaging import mask_to_rle
from ultrasam.imaging.png import encode_png
from ultrasam.imaging.tight_box import tight_box
from ultrasam.types import Mask

#: Why a frame or slice without objects is left out.
NOT_ANNOTATED = "Nobody annotated this frame."


@dataclass(frozen=True)
class Task:
    """A sample with all that is needed to convert it.

    Attributes:
        sample: what to convert.
        key: its fingerprint.
        stem: of the image file, unique in the data set.
    """

    sample: Sample
    key: str
    stem: str


@dataclass(frozen=True)
class Converter:
    """Converts tasks; picklable.

    Attributes:
        images: folder of the image files.
        categories: classes of the data set.
        components: whether pieces of an object become objects.
        min_area: of a piece, in pixels.
    """

    images: Path
    categories: frozenset[str]
    components: bool = False
    min_area: int = 0

    def __call__(self, tasks: Sequence[Task]) -> list[Record]:
        """Convert tasks in their order."""
        try:
            return [self._convert(task) for task in tasks]
        finally:
            # Worker processes end without a chance to remove temporary copies.
            close_stacks()

    def _convert(self, task: Task) -> Record:
        sample = task.sample
        try:
            picture = sample.pixels.read()
            found = [mask.read(picture.size_hw) for mask in sample.masks]
        except Unreadable as error:
            return Record(task.key, sample.source, reason=str(error), is_retried=True)
        objects = [entry for part in found for entry in part.objects]
        remarks = [remark for part in found for remark in part.remarks]
        objects = self._usable(objects, remarks)
        told = tuple((remark.kind, remark.detail, remark.pixels) for remark in remarks)
        lost = [remark for remark in remarks if remark.is_loss]
        if lost and not objects:
            reason = f"Expected objects, but of its annotation nothing is left: {lost[0].kind} ({lost[0].detail})."
            return Record(task.key, sample.source, remarks=told, reason=reason)
        if not objects and not sample.is_negative_if_empty:
            return Record(task.key, sample.source, remarks=told, reason=NOT_ANNOTATED)
        content, suffix = picture.encoded or (encode_png(picture.pixels, compress_level=4), ".png")
        file_name = task.stem + suffix
        _write(self.images / file_name, content)
        return Record(
            task.key,
            sample.source,
            _entry(sample, picture, file_name),
            tuple(_encoded(entry) for entry in objects),
            told,
            bytes=len(content),
        )

    def _usable(self, objects: list[Annotated], remarks: list[Remark]) -> list[Annotated]:
        kept = []
        for entry in objects:
            if entry.category not in self.categories:
                raise ValueError(f"{entry.category!r} is no class of the card: {', '.join(sorted(self.categories))}")
            if not entry.mask.any():
                remarks.append(Remark("object without a pixel, left out", entry.category, is_loss=True))
                continue
            kept += self._pieces(entry, remarks) if self.components else [entry]
        return kept

    def _pieces(self, entry: Annotated, remarks: list[Remark]) -> list[Annotated]:
        pieces = components(entry.mask)
        small = [piece for piece in pieces if piece.sum() < self.min_area]
        if small:
            detail = f"{entry.category}, under {self.min_area} pixels"
            pixels = int(sum(piece.sum() for piece in small))
            remarks.append(Remark("small piece, left out", detail, pixels, is_loss=True))
        return [Annotated(entry.category, piece) for piece in pieces if piece.sum() >= self.min_area]


def components(mask: Mask) -> list[Mask]:
    """The pieces of a mask ``(H, W)`` bool; pixels that share an edge or a corner are of one piece."""
    ndimage = require("scipy.ndimage", needed_for="Splitting objects into pieces")
    labels, count = ndimage.label(mask, structure=np.ones((3, 3), bool))
    return [labels == number for number in range(1, count + 1)]


def _write(path: Path, content: bytes) -> None:
    try:
        with written_whole(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise InputError(
            f"Expected to write {path}, but that failed ({error.strerror or error}): free some room, or choose another "
            "folder; the same command goes on where it stopped."
        ) from error


def _entry(sample: Sample, picture: Picture, file_name: str) -> dict[str, Any]:
    height, width = picture.size_hw
    spacing = sample.spacing_mm or picture.spacing_mm
    facts: dict[str, Any] = {
        "official_split": sample.split,
        "patient": sample.patient,
        "sequence": sample.sequence,
        "frame": sample.frame,
        "spacing_mm": None if spacing is None else [float(number) for number in spacing],
        "labels": dict(sample.labels) or None,
        "licence": sample.licence,
    }
    return {
        "file_name": file_name,
        "width": width,
        "height": height,
        **{key: value for key, value in facts.items() if value is not None},
        "source": sample.source,
    }


def _encoded(entry: Annotated) -> dict[str, Any]:
    x0, y0, x1, y1 = tight_box(entry.mask) or (0, 0, 0, 0)
    return {
        "category": entry.category,
        "area": int(entry.mask.sum()),
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "segmentation": mask_to_rle(entry.mask),
    }
