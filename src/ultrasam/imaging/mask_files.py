"""Mask files of any origin to bool masks: what counts as inside in a palette, in colours, in a lossy file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ultrasam.errors import ImageError
from ultrasam.imaging.raster import decoded, opened
from ultrasam.imaging.reading import file_kind
from ultrasam.imaging.recognise import RASTER, VOLUME
from ultrasam.types import Mask


def read_mask(path: str | os.PathLike[str]) -> Mask:
    """Read a mask ``(H, W)`` bool: everything that is not background is inside.

    Background is 0; in a palette the entry that is black, in colours black, with an alpha channel also what
    is transparent. A JPEG has values near 0 around its edges; there 128 and more is inside.

    Raises:
        ImageError: the file is no picture or volume, is damaged, or has several frames.
    """
    mask: Mask = read_labels(path) != 0
    return mask


def read_label_masks(path: str | os.PathLike[str]) -> dict[int, Mask]:
    """Read every structure of a mask file that numbers its structures: label to mask ``(H, W)`` bool.

    A grey mask of 0 and 255 gives one structure, 255. Palettes are labelled by entry, colours by 1, 2, … in
    ascending order of red, green, blue.

    Raises:
        ImageError: as :func:`read_mask`.
    """
    return masks_by_label(read_labels(path))


def masks_by_label(labels: npt.NDArray[np.int64]) -> dict[int, Mask]:
    """Label to mask ``(H, W)`` bool, for every label of ``(H, W)`` but 0."""
    return {int(label): labels == label for label in np.unique(labels) if label != 0}


def read_labels(path: str | os.PathLike[str]) -> npt.NDArray[np.int64]:
    """Read a mask file as numbers: ``(H, W)`` int64, 0 outside all structures.

    Raises:
        ImageError: as :func:`read_mask`, or a volume's labels are not whole numbers.
    """
    frames = read_label_frames(path)
    labels = next(frames)
    if next(frames, None) is not None:
        raise ImageError(f"Expected a mask of one frame in {Path(path).name}, but it has several.")
    return labels


def read_label_frames(path: str | os.PathLike[str]) -> Iterator[npt.NDArray[np.int64]]:
    """Read the frames of a mask file one after the other: those of a volume, or the one of a picture.

    Yields:
        Labels ``(H, W)`` int64, 0 outside all structures.

    Raises:
        ImageError: as :func:`read_labels`, but a volume may have several frames.
    """
    path = Path(path)
    kind = file_kind(path)
    if kind in RASTER:
        yield _raster_labels(path)
    elif kind in VOLUME:
        from ultrasam.imaging.volumes import read_stored_values

        values = read_stored_values(path, kind)
        # Colours are numbered over all frames, so that a structure keeps its number.
        yield from _colour_labels(values) if values.ndim == 4 else (_whole_labels(frame, path.name) for frame in values)
    else:
        raise ImageError(
            f"Expected a mask as PNG, TIFF, BMP, WebP, GIF, JPEG, NIfTI, MetaImage or NRRD, but {path} is none."
        )


def _raster_labels(path: Path) -> npt.NDArray[np.int64]:
    with opened(path) as picture:
        if picture.format != "MPO" and getattr(picture, "n_frames", 1) != 1:
            raise ImageError(f"Expected a mask of one frame in {path.name}, but it has several.")
        lossy = picture.format in ("JPEG", "MPO")
        picture = decoded(picture)
        if picture.mode == "P":
            return _palette_labels(picture)
        if picture.has_transparency_data:
            picture = picture.convert("RGBA")
        elif picture.mode not in ("1", "L", "F") and not picture.mode.startswith("I"):
            picture = picture.convert("RGB")
        values = np.asarray(picture)
    if lossy:
        return np.where(values.max(axis=2) >= 128 if values.ndim == 3 else values >= 128, 255, 0)
    if values.ndim == 3:
        return _colour_labels(values)
    return _whole_labels(values, path.name)


def _palette_labels(picture: Image.Image) -> npt.NDArray[np.int64]:
    """Entries as labels; the background (what is transparent, else what is black, else entry 0) as 0."""
    entries = np.asarray(picture).astype(np.int64)
    rgba = np.asarray(picture.convert("RGBA"))
    transparent = rgba[..., 3] == 0
    outside = transparent if transparent.any() else (rgba[..., :3] == 0).all(axis=2)
    if not outside.any():
        return entries
    # Entry 0, where it is not the background, takes the number of the entry that is.
    displaced = int(entries[outside].max())
    return np.where(outside, 0, np.where(entries == 0, displaced, entries))


def _colour_labels(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    red, green, blue = (values[..., channel].astype(np.int64) for channel in range(3))
    colours = (red << 16) | (green << 8) | blue
    if values.shape[-1] == 4:
        opaque = values[..., 3] > 0
        if not (colours[opaque] != 0).any():
            # Painted in black on a transparent ground.
            return opaque.astype(np.int64)
        colours = np.where(opaque, colours, 0)
    return np.searchsorted(np.union1d([0], colours), colours)


def _whole_labels(values: npt.NDArray[Any], name: str) -> npt.NDArray[np.int64]:
    """Labels as int64, if they are whole numbers."""
    # Beyond 2^53 a float cannot tell one whole number from the next (NaN compares as false, too).
    if values.dtype.kind == "f" and not ((np.abs(values) < 2**53) & (values == np.rint(values))).all():
        raise ImageError(f"Expected whole numbers as labels in {name}, but got fractions, NaN or far too large ones.")
    return values.astype(np.int64)
