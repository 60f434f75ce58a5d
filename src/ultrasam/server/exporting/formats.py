"""What can be exported."""

from __future__ import annotations

from enum import Enum


class ExportFormat(str, Enum):
    """A part of the archive that one can choose."""

    COCO = "coco"
    PNG = "png"
    NIFTI = "nifti"
    CSV = "csv"
