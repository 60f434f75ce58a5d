"""The technical part of a DICOM header: what pixels there are, and where they lie in the file.

Only the elements listed here are read from a data set. Who the patient is, when and where the image was taken, and
the identifiers of study and image are skipped in the file, so that they cannot reach a log, an error or an output.
"""

from __future__ import annotations

import logging
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, dcmread
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from ultrasam.errors import ImageError
from ultrasam.imaging.limits import check_frame_size

_log = logging.getLogger(__name__)

_PALETTE_PARTS = ("PaletteColorLookupTableDescriptor", "PaletteColorLookupTableData")
_ELEMENTS = [
    *("SOPClassUID", "Modality", "Manufacturer", "ManufacturerModelName", "BurnedInAnnotation"),
    *("NumberOfFrames", "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration"),
    *("BitsAllocated", "BitsStored", "PixelRepresentation"),
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
    *(f"{colour}{part}" for colour in ("Red", "Green", "Blue") for part in _PALETTE_PARTS),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
    *("ModalityLUTSequence", "RescaleSlope", "RescaleIntercept", "PresentationLUTShape"),
    *("VOILUTSequence", "VOILUTFunction", "WindowCenter", "WindowWidth"),
    *("SequenceOfUltrasoundRegions", "PixelSpacing", "PixelSpacingCalibrationType", "PixelAspectRatio"),
    "SharedFunctionalGroupsSequence",
    *("FrameIncrementPointer", "FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate"),
]

_PIXEL_DATA = (0x7FE0, 0x0010)
_FLOAT_PIXEL_DATA = ((0x7FE0, 0x0008), (0x7FE0, 0x0009))


@dataclass(frozen=True)
class PixelLayout:
    """What the header says about the pixels (PS3.3 C.7.6.3), checked for sense but not against the pixels.

    Attributes:
        name: file name, for messages.
        size_hw: rows and columns.
        frames: number of frames.
        samples: samples per pixel, 1 or 3.
        photometric: photometric interpretation.
        bits_allocated: bits that a sample takes in an uncompressed file.
        bits_stored: bits of it that are used.
        signed: whether samples are signed.
        planar: whether an uncompressed colour frame holds all red, then all green, then all blue samples.
        syntax: transfer syntax.
        pixel_vr: value representation of the pixel data (``"OB"``, ``"OW"``).
        pixel_offset: where the value of the pixel data begins in the file.
        pixel_length: its length in bytes; None where it is undefined, as for compressed frames.
    """

    name: str
    size_hw: tuple[int, int]
    frames: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    signed: bool
    planar: bool
    syntax: UID
    pixel_vr: str
    pixel_offset: int
    pixel_length: int | None

    @property
    def big_endian(self) -> bool:
        """Byte order of the file."""
        return self.syntax == ExplicitVRBigEndian

    @property
    def lowest_value(self) -> int:
        """The lowest value that a sample can have."""
        return -(1 << (self.bits_stored - 1)) if self.signed else 0

    def stored_values(self) -> npt.NDArray[np.int64]:
        """Every value that a sample can have, from the lowest to the highest."""
        return np.arange(self.lowest_value, self.lowest_value + (1 << self.bits_stored))


def read_header(path: Path) -> tuple[Dataset, PixelLayout]:
    """Read the technical elements and find the pixels.

    Raises:
        ImageError: the file is no DICOM image, or its header makes no sense. A file that is no DICOM at all may
            raise any other exception, as pydicom does.
    """
    with path.open("rb") as file:
        header = dcmread(file, stop_before_pixels=True, force=True, specific_tags=list(_ELEMENTS))
        syntax = _transfer_syntax(header)
        tag, vr, length = _element_start(file, syntax)
        offset = file.tell()
    _drop_malformed(header)
    if syntax == DeflatedExplicitVRLittleEndian:
        raise ImageError(
            f"Expected pixels that can be read frame by frame, but {path.name} is deflated as a whole: "
            "convert it to Explicit VR Little Endian first."
        )
    if tag in _FLOAT_PIXEL_DATA:
        raise ImageError(
            f"Expected whole numbers as pixels, but {path.name} has floating-point pixels, which have no "
            "defined grey scale: convert them to 8 or 16 bits first."
        )
    if tag != _PIXEL_DATA:
        raise ImageError(f"Expected a DICOM image, but {path.name} has no pixel data, or ends before them.")
    return header, _layout(header, path.name, syntax, vr, offset, length)


def numbers(header: Dataset, keyword: str) -> list[float]:
    """The values of an element as finite numbers; none where it is missing or malformed."""
    value: Any = header.get(keyword)
    values: Any = [value] if isinstance(value, (str, float, int)) else value
    try:
        found = [float(number) for number in values]
    except (TypeError, ValueError):
        return []
    return found if all(math.isfinite(number) for number in found) else []


def _drop_malformed(header: Dataset) -> None:
    """Convert all values now, and leave out what cannot be: nearly every element is optional."""
    for tag in list(header.keys()):
        try:
            element = header[tag]
            for item in element.value if element.VR == "SQ" else ():
                _drop_malformed(item)
        except Exception as error:
            _log.warning("The DICOM element %s is malformed and not used (%s).", tag, type(error).__name__)
            del header[tag]


def _transfer_syntax(header: Dataset) -> UID:
    """The transfer syntax; for a file that names none, the encoding in which its header could be read."""
    named = getattr(header, "file_meta", Dataset()).get("TransferSyntaxUID")
    if named:
        return UID(named)
    implicit, little_endian = header.original_encoding
    if not little_endian:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian


def _element_start(file: BinaryIO, syntax: UID) -> tuple[tuple[int, int], str, int | None]:
    """Tag, VR and length of the element at which pydicom stopped; leaves the file at the element's value."""
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    start = file.read(8)
    if len(start) < 8:
        return (0, 0), "", None
    group, element = struct.unpack(f"{order}HH", start[:4])
    if syntax == ImplicitVRLittleEndian:
        vr, length = "OW", start[4:]
    else:
        vr, length = start[4:6].decode("ascii"), file.read(4)
    (number,) = struct.unpack(f"{order}L", length)
    return (group, element), vr, None if number == 0xFFFFFFFF else number


def _layout(header: Dataset, name: str, syntax: UID, vr: str, offset: int, length: int | None) -> PixelLayout:
    bits_allocated = _integer(header, "BitsAllocated", name)
    layout = PixelLayout(
        name=name,
        size_hw=(_integer(header, "Rows", name), _integer(header, "Columns", name)),
        frames=_integer(header, "NumberOfFrames", name, default=1),
        samples=_integer(header, "SamplesPerPixel", name, default=1),
        photometric=str(header.get("PhotometricInterpretation") or ""),
        bits_allocated=bits_allocated,
        bits_stored=_integer(header, "BitsStored", name, default=bits_allocated),
        signed=_integer(header, "PixelRepresentation", name, default=0) == 1,
        planar=_integer(header, "PlanarConfiguration", name, default=0) == 1,
        syntax=syntax,
        pixel_vr=vr,
        pixel_offset=offset,
        pixel_length=length,
    )
    rows, columns = layout.size_hw
    check_frame_size(columns, rows, name)
    if layout.frames < 1:
        raise ImageError(f"Expected at least one frame, but the header of {name} claims {layout.frames}.")
    if not 1 <= layout.bits_stored <= layout.bits_allocated <= 16 or layout.bits_allocated not in (1, 8, 16):
        raise ImageError(
            f"Expected pixels of 1 to 16 bits, but those of {name} have {layout.bits_stored} bits "
            f"in {layout.bits_allocated}."
        )
    return layout


def _integer(header: Dataset, keyword: str, name: str, default: int | None = None) -> int:
    try:
        value: Any = header.get(keyword)
        if value is None or value == "":
            value = default
        return int(value)
    except (TypeError, ValueError, OverflowError, NotImplementedError) as error:
        raise ImageError(f"Expected a whole number for {keyword} in {name}, but it is missing or malformed.") from error
