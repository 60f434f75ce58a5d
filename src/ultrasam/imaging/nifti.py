"""NIfTI files, with nibabel: images in, masks out.

Masks are written as ITK-SNAP, 3D Slicer, MITK and nnU-Net open them. Images are read by nibabel and not by ITK, which
leaves the missing pixels of a file that was cut off uninitialised, turns NaN into 0 and goes by the file's name.
"""

from __future__ import annotations

import gzip
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.errors import ImageError, InputError
from ultrasam.extras import require
from ultrasam.files import written_whole
from ultrasam.imaging.limits import check_claimed_bytes, check_frame_size
from ultrasam.imaging.volume import Volume, check_axes
from ultrasam.types import SpacingXY

_GZIP = b"\x1f\x8b"
_MM_PER_UNIT = {"meter": 1e3, "mm": 1.0, "micron": 1e-3, "unknown": 1.0}
_RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])


def open_nifti(path: Path) -> Volume:
    """Read the header of a NIfTI-1 or NIfTI-2 file, plain or compressed by gzip.

    Raises:
        ImageError: the header is damaged or claims more than the file can hold, or the file has more axes than a
            cine, or pixels that are neither grey nor RGB.
        MissingExtraError: nibabel is not installed.
    """
    name = path.name
    with _nifti(path) as image:
        header, stored = image.header, image.dataobj
        size, units = tuple(int(n) for n in stored.shape), header.get_xyzt_units()[0]
        zooms, pixel_type = header.get_zooms()[:2], stored.dtype
        is_scaled = (float(stored.slope), float(stored.inter)) != (1.0, 0.0)
        claimed = int(stored.offset) + math.prod(size) * pixel_type.itemsize
    has_vectors = size[3:] == (1, 3)  # as ITK stores RGB
    axes = size[:3] if has_vectors else size
    check_axes(axes, name)
    if pixel_type != _RGB and pixel_type.kind not in "iuf":
        raise ImageError(f"Expected grey or RGB pixels in {name}, but their type is {pixel_type}.")
    check_frame_size(axes[0], axes[1], name)
    is_packed = _is_packed(path)
    check_claimed_bytes(claimed, path.stat().st_size, name, is_packed=is_packed)
    colour = (3,) if has_vectors or pixel_type == _RGB else ()
    shape = (math.prod(axes[2:]), axes[1], axes[0], *colour)

    def load(frame: int | None) -> npt.NDArray[Any]:
        with _nifti(path) as image:
            if frame is None:
                vector = (3,) if has_vectors else ()
                values = np.asanyarray(image.dataobj).reshape(*axes[:2], -1, *vector, order="F").swapaxes(0, 2)
            else:
                where = (slice(None), slice(None), *(frame if n > 1 else 0 for n in axes[2:]))
                values = image.dataobj[where].swapaxes(0, 1)
        if pixel_type == _RGB:
            values = np.stack([values[channel] for channel in "RGB"], axis=-1)
        return np.asarray(values.reshape(shape if frame is None else shape[1:]))

    spacing = _spacing(zooms, _MM_PER_UNIT.get(units, 1.0))
    word = "uint8" if pixel_type == _RGB else "float64" if is_scaled else pixel_type.name
    return Volume(path, "NIfTI", shape, spacing, word, load, is_random_access=not is_packed)


def write_nifti_mask(path: str | os.PathLike[str], mask: npt.NDArray[np.bool_], spacing_mm: SpacingXY | None) -> None:
    """Write one mask, or the masks of all frames of a file.

    The file's first axis is x (columns), its second y (rows), its third the frame: the order in which
    :func:`ultrasam.read` reads NIfTI. Inside is 1, outside 0.

    Args:
        path: ends in ``.nii`` or ``.nii.gz``.
        mask: ``(H, W)`` or ``(T, H, W)`` bool.
        spacing_mm: ``(x, y)`` mm per pixel; None writes 1, which stands for "not known" when it is read back.

    Raises:
        InputError: the mask has another shape or type, or the path another suffix.
        MissingExtraError: nibabel is not installed.
    """
    if mask.ndim not in (2, 3) or mask.dtype != bool:
        raise InputError(f"Expected a mask of shape (H, W) or (T, H, W) of bool, but got {mask.shape} of {mask.dtype}.")
    if not Path(path).name.lower().endswith((".nii", ".nii.gz")):
        raise InputError(f"Expected a path that ends in .nii or .nii.gz, but got {Path(path).name}.")
    nibabel = require("nibabel", needed_for="NIfTI files")
    header = mask_header(mask.shape, spacing_mm)
    image = nibabel.Nifti1Image(mask.T.astype(np.uint8), None, header)
    with written_whole(path) as temporary:
        nibabel.save(image, temporary)


def mask_header(shape: tuple[int, ...], spacing_mm: SpacingXY | None, origin_xy: tuple[int, int] = (0, 0)) -> Any:
    """The ``nibabel.Nifti1Header`` of masks that :func:`write_nifti_mask` writes.

    Args:
        shape: ``(H, W)`` or ``(T, H, W)``.
        spacing_mm: as there.
        origin_xy: where the masks' first pixel lies in the original image, in pixels: so a cropped mask lies on the
            file that it was drawn on.

    Raises:
        MissingExtraError: nibabel is not installed.
    """
    nibabel = require("nibabel", needed_for="NIfTI files")
    x, y = spacing_mm or (1.0, 1.0)
    # x to the right and y down on the picture is left and posterior in the patient, as ITK writes it by default.
    affine = np.diag([-x, -y, 1.0, 1.0])
    # Added to 0, so that -0 becomes 0.
    affine[:2, 3] += -x * origin_xy[0], -y * origin_xy[1]
    header = nibabel.Nifti1Header()
    header.set_data_dtype(np.uint8)
    header.set_data_shape(shape[::-1])
    header.set_xyzt_units("mm")
    header.set_qform(affine, code="scanner")
    header.set_sform(affine, code="scanner")
    return header


@contextmanager
def _nifti(path: Path) -> Iterator[Any]:
    """Open with nibabel; whatever goes wrong until it is closed becomes an ImageError, once and not in the log."""
    nibabel = require("nibabel", needed_for="NIfTI files")
    opener = gzip.open if _is_packed(path) else open
    try:
        with nibabel.imageglobals.LoggingOutputSuppressor(), opener(path, "rb") as file:
            is_second = nibabel.Nifti2Header.may_contain_header(file.read(540))
            file.seek(0)
            yield (nibabel.Nifti2Image if is_second else nibabel.Nifti1Image).from_stream(file)
    except ImageError:
        raise
    # nibabel meets damaged headers with whatever Python and NumPy raise there.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ImageError(
            f"Expected a whole NIfTI file in {path.name}, but it is damaged or cut off: {reason}"
        ) from error


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def _spacing(zooms: tuple[float, ...], mm_per_unit: float) -> SpacingXY | None:
    # NIfTI stores 32-bit floats; as the shortest decimal 0.308 stays 0.308.
    x, y = (float(np.format_float_positional(np.float32(zoom))) * mm_per_unit for zoom in zooms)
    return (x, y) if all(math.isfinite(s) and s > 0 for s in (x, y)) else None
