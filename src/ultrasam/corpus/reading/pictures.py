"""Single pictures, and masks that are pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.reading.failures import unreadable
from ultrasam.corpus.sample import Picture, Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.imaging import read
from ultrasam.imaging.raster import decoded, opened
from ultrasam.imaging.reading import file_kind

#: Modes of PNG and JPEG files that every tool shows alike.
_PLAIN_MODES = ("L", "RGB")
_SUFFIXES = {"PNG": ".png", "JPEG": ".jpg"}
_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True)
class PictureFile:
    """A picture of its own file, in any format that :func:`ultrasam.read` knows."""

    file: SourceFile

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file."""
        return (self.file,)

    def read(self) -> Picture:
        """Decode; a PNG or JPEG that needs no change keeps its bytes."""
        with reading(self.file) as path:
            kept = _as_it_is(path) if file_kind(path) in _SUFFIXES else None
            if kept is not None:
                return kept
            with read(path) as image:
                if len(image) != 1:
                    raise Unreadable(f"Expected one frame, but {self.file.path} has {len(image)}.")
                return Picture(plain(image.frame().pixels), image.spacing_mm)


@dataclass(frozen=True)
class LabelPicture:
    """A mask picture as numbers.

    Attributes:
        file: PNG, TIFF, BMP, JPEG, …
        palette: whether a palette's entries are labels (``"index"``) or stand for their colours (``"colour"``).
    """

    file: SourceFile
    palette: Literal["index", "colour"] = "index"

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file."""
        return (self.file,)

    def load(self) -> npt.NDArray[Any]:
        """Labels ``(H, W)``, or colours ``(H, W, 3)``; one-bit masks are 0 and 255, transparent pixels black."""
        with reading(self.file) as path, opened(path) as picture:
            mask = decoded(picture)
            if mask.mode == "P" and self.palette == "index":
                return np.asarray(mask)
            if mask.mode == "1":
                mask = mask.convert("L")
            if mask.has_transparency_data:
                rgba = np.asarray(mask.convert("RGBA"))
                return np.where(rgba[..., 3:] > 0, rgba[..., :3], 0).astype(np.uint8)
            if mask.mode == "P":
                mask = mask.convert("RGB")
            return np.asarray(mask)


@contextmanager
def reading(file: SourceFile) -> Iterator[Path]:
    """The file on disk; what goes wrong with it makes the sample unreadable and stops nothing else.

    Raises:
        Unreadable: it cannot be read as what it is taken for.
    """
    with unreadable(file), file.on_disk() as path, unreadable(file, path):
        yield path


def plain(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Pixels ``(H, W)`` where the three colours of ``(H, W, 3)`` are equal, else as they are."""
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        return np.ascontiguousarray(pixels[..., 0])
    return pixels


def _as_it_is(path: Path) -> Picture | None:
    """A PNG or JPEG that every tool shows alike; None where something must be done to it first."""
    with opened(path) as picture:
        suffix = _SUFFIXES.get(str(picture.format))
        if suffix is None or getattr(picture, "n_frames", 1) != 1:
            return None
        picture.load()
        is_turned = picture.getexif().get(_ORIENTATION_TAG, 1) != 1
        if picture.mode not in _PLAIN_MODES or picture.has_transparency_data or is_turned:
            return None
        return Picture(np.asarray(picture), encoded=(path.read_bytes(), suffix))
