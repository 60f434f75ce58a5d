"""Masks as NIfTI, for ITK-SNAP, 3D Slicer, MITK and nnU-Net."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.extras import require
from ultrasam.files import written_whole
from ultrasam.types import SpacingXY


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
        MissingExtraError: SimpleITK is not installed.
    """
    if mask.ndim not in (2, 3) or mask.dtype != bool:
        raise InputError(f"Expected a mask of shape (H, W) or (T, H, W) of bool, but got {mask.shape} of {mask.dtype}.")
    if not Path(path).name.lower().endswith((".nii", ".nii.gz")):
        raise InputError(f"Expected a path that ends in .nii or .nii.gz, but got {Path(path).name}.")
    itk = require("SimpleITK", needed_for="NIfTI files")
    image = itk.GetImageFromArray(mask.astype(np.uint8))
    x, y = spacing_mm or (1.0, 1.0)
    image.SetSpacing((float(x), float(y), 1.0)[: mask.ndim])
    with written_whole(path) as temporary:
        itk.WriteImage(image, str(temporary), useCompression=temporary.name.endswith(".gz"))
