"""DICOM files to :class:`UltrasoundImage`: frames, cines and volumes of any colour and compression.

The parts: :mod:`dicom_header` finds the pixels, :mod:`dicom_frames` and :mod:`dicom_decoding` decode them,
:mod:`dicom_display` gives them their grey values and colours, :mod:`dicom_regions` their millimetres.
"""

from __future__ import annotations

import itertools
import logging
import struct
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.tag import Tag
from pydicom.uid import UID

from ultrasam.errors import ImageError
from ultrasam.imaging.dicom_decoding import syntax_name
from ultrasam.imaging.dicom_frames import DicomFrames
from ultrasam.imaging.dicom_header import PixelLayout, numbers, read_header
from ultrasam.imaging.dicom_regions import reach_beyond, read_regions
from ultrasam.imaging.image import Source, UltrasoundImage
from ultrasam.imaging.quiet import quiet

_log = logging.getLogger(__name__)

_PREAMBLE_BYTES = 128
_FRAME_TIME = Tag("FrameTime")


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM: it has the DICM prefix, or is a bare data set as in files without one."""
    try:
        with path.open("rb") as file:
            start = file.read(_PREAMBLE_BYTES + 4)
            if start[_PREAMBLE_BYTES:] == b"DICM":
                return True
            if not _begins_with_element(start, path.stat().st_size):
                return False
            file.seek(0)
            with quiet():
                header = dcmread(file, force=True, stop_before_pixels=True, specific_tags=["SOPClassUID", "Rows"])
                return "SOPClassUID" in header or "Rows" in header
    except Exception as error:
        _log.debug("%s is not DICOM: %s", path.name, type(error).__name__)
        return False


def read_dicom(path: Path) -> UltrasoundImage:
    """Read a DICOM file; frames are decoded when they are asked for.

    Grey files have frames ``(T, H, W)``, colour files (RGB, YBR, palette) RGB frames ``(T, H, W, 3)``.

    Raises:
        ImageError: the file is no DICOM image, is damaged or cut off, or its pixels cannot be decoded.
    """
    try:
        with quiet():
            header, layout = read_header(path)
            frames = DicomFrames(path, header, layout)
            regions = read_regions(header, layout.size_hw, path.name)
            times = _frame_times(header, layout.frames)
            details = _details(header, layout, frames)
    except ImageError:
        raise
    except OSError as error:
        raise ImageError(f"Expected a readable DICOM file, but {path.name} cannot be read.") from error
    except Exception as error:
        raise ImageError(f"Expected a DICOM file, but the header of {path.name} is damaged.") from error
    return UltrasoundImage(frames, Source(path.name, "DICOM", details), regions, times)


def _begins_with_element(start: bytes, file_size: int) -> bool:
    """Whether bytes begin as data sets do: an element of group 2 or 8 that fits the file (PS3.5, 7.1)."""
    if len(start) < 8:
        return False
    order = "<" if start[0] in (2, 8) and start[1] == 0 else ">"
    group, _ = struct.unpack(f"{order}HH", start[:4])
    if group not in (2, 8):
        return False
    explicit = start[4:6].isalpha() and start[4:6].isupper()
    (length,) = struct.unpack(f"{order}H", start[6:8]) if explicit else struct.unpack(f"{order}L", start[4:8])
    return bool(length <= file_size)


def _frame_times(header: Dataset, frames: int) -> tuple[float, ...] | None:
    """Seconds of each frame since the first (PS3.3 C.7.6.5); None for one frame or where nothing is known."""
    if frames == 1:
        return None
    steps, step = numbers(header, "FrameTimeVector")[1:], _positive(header, "FrameTime")
    constant = step is not None and header.get("FrameIncrementPointer") == _FRAME_TIME
    if len(steps) == frames - 1 and min(steps) >= 0 and max(steps) > 0 and not constant:
        return tuple(total / 1000 for total in itertools.accumulate(steps, initial=0.0))
    if step is None:
        rate = _positive(header, "CineRate") or _positive(header, "RecommendedDisplayFrameRate")
        if rate is None:
            return None
        step = 1000 / rate
    return tuple(index * step / 1000 for index in range(frames))


def _details(header: Dataset, layout: PixelLayout, frames: DicomFrames) -> dict[str, str]:
    """Technical facts; ``header`` holds nothing that could tell who the patient is."""
    modality = str(header.get("Modality") or "unknown")
    sop_class = header.get("SOPClassUID")
    details = {
        "modality": modality if modality in ("US", "IVUS") else f"{modality} (not ultrasound)",
        "SOP class": UID(sop_class).name if sop_class else "unknown",
        "transfer syntax": syntax_name(layout.syntax),
        "photometric interpretation": layout.photometric,
        "bits": f"{layout.bits_stored} of {layout.bits_allocated}",
        "frames": str(layout.frames),
        "manufacturer": str(header.get("Manufacturer") or "unknown"),
        "model": str(header.get("ManufacturerModelName") or "unknown"),
        "burned-in annotation": str(header.get("BurnedInAnnotation") or "not stated").lower(),
    }
    if frames.grey is not None:
        details["grey values"] = frames.grey.description
    if aspect := numbers(header, "PixelAspectRatio"):
        details["pixel aspect ratio"] = " : ".join(f"{number:g}" for number in aspect)
    if kind := header.get("PixelSpacingCalibrationType"):
        details["pixel spacing calibration"] = str(kind)
    if reach_beyond(header, layout.size_hw):
        details["calibration"] = (
            "a region reaches beyond the image, which was cropped or resized later: check the spacing"
        )
        _log.warning("%s: millimetres may be wrong: %s.", layout.name, details["calibration"])
    return details


def _positive(header: Dataset, keyword: str) -> float | None:
    found = numbers(header, keyword)
    return found[0] if len(found) == 1 and found[0] > 0 else None
