"""DICOM pixels to 8-bit frames, one frame at a time.

Each transfer syntax has one decoder, so that a file looks the same everywhere: Pillow (libjpeg) for lossy JPEG, GDCM
for lossless JPEG, CharLS for JPEG-LS, OpenJPEG for JPEG 2000, pydicom itself for RLE.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, uid
from pydicom.encaps import encapsulate, get_frame, parse_basic_offsets, parse_fragments
from pydicom.pixels import get_decoder
from pydicom.pixels.processing import convert_color_space

from ultrasam.errors import ImageError, UltraSamError
from ultrasam.imaging.dicom_codestream import jpeg2000_size, jpeg_adobe_transform, jpeg_size
from ultrasam.imaging.dicom_display import GreyDisplay, grey_display, palette_table
from ultrasam.imaging.dicom_header import PixelLayout
from ultrasam.imaging.dicom_quiet import quiet
from ultrasam.imaging.intensity import grey_scale
from ultrasam.types import Pixels

_LOSSY_JPEG = {uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit}
_LOSSLESS_JPEG = {uid.JPEGLossless, uid.JPEGLosslessSV1}
_JPEG_LS = {uid.JPEGLSLossless, uid.JPEGLSNearLossless}
_JPEG_2000 = {uid.JPEG2000Lossless, uid.JPEG2000, uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K}
_UNCOMPRESSED = {uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian}

#: Transfer syntax -> pydicom's name of the decoder; empty where nothing needs to be decoded.
DECODERS: dict[str, str] = {
    **dict.fromkeys(_UNCOMPRESSED, ""),
    **dict.fromkeys(_LOSSY_JPEG, "pillow"),
    **dict.fromkeys(_LOSSLESS_JPEG, "gdcm"),
    **dict.fromkeys(_JPEG_LS, "pyjpegls"),
    **dict.fromkeys(_JPEG_2000, "pylibjpeg"),
    uid.RLELossless: "pydicom",
}

#: Names that pydicom's dictionary does not have yet (PS3.6, table A-1).
_NEW_SYNTAXES = {
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
}

_GREY = {"MONOCHROME1", "MONOCHROME2"}
_PALETTE = "PALETTE COLOR"
_COLOUR = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"}

#: Two bytes of PackBits run-length coding become at most 128 (PS3.5 G.3.1).
_RLE_MAX_RATIO = 64


def syntax_name(syntax: uid.UID) -> str:
    """A transfer syntax in words."""
    return _NEW_SYNTAXES.get(str(syntax), syntax.name)


class DicomFrames:
    """Frames of a DICOM file, decoded when they are asked for; the file is opened for each and never held whole."""

    def __init__(self, path: Path, header: Dataset, layout: PixelLayout) -> None:
        """Check that the file has all frames that its header claims, and read how they are to be shown.

        Raises:
            ImageError: there is no decoder for the pixels, or they are fewer than the header claims.
        """
        _check_readable(layout)
        self._path = path
        self._layout = layout
        self._extended_offsets: tuple[bytes, bytes] | None = None
        if "ExtendedOffsetTable" in header and "ExtendedOffsetTableLengths" in header:
            self._extended_offsets = header.ExtendedOffsetTable, header.ExtendedOffsetTableLengths
        self._palette = palette_table(header, layout) if layout.photometric == _PALETTE else None
        self.grey: GreyDisplay | None = grey_display(header, layout) if layout.photometric in _GREY else None
        try:
            with path.open("rb") as file:
                file.seek(layout.pixel_offset)
                self._fragments = self._check_complete(file)
        except OSError as error:
            raise ImageError(f"Expected a readable DICOM file, but {path.name} cannot be read.") from error

    @property
    def shape(self) -> tuple[int, ...]:
        """``(T, H, W)`` for grey, ``(T, H, W, 3)`` for colour; palette colour counts as colour even if all is grey."""
        colour = () if self._layout.photometric in _GREY else (3,)
        return (self._layout.frames, *self._layout.size_hw, *colour)

    def read(self, index: int) -> Pixels:
        """Decode frame ``index``: ``(H, W)`` or ``(H, W, 3)`` uint8.

        Raises:
            ImageError: the frame is damaged.
        """
        stored = self._stored(index)
        if self._layout.samples == 3:
            shift = max(self._layout.bits_stored - 8, 0)
            return np.ascontiguousarray((stored >> shift).astype(np.uint8, copy=False))
        table = self._grey_table if self._palette is None else self._palette
        return np.take(table, self._indexes(stored), axis=0, mode="clip")

    @cached_property
    def _grey_table(self) -> npt.NDArray[np.uint8]:
        grey = self.grey
        if grey is None:
            raise TypeError("only grey frames have a grey table")
        if grey.limits is not None:
            return grey.table(grey.limits)
        used = np.take(grey.levels, self._indexes(self._stored(0)), mode="clip")
        if (used == np.rint(used)).all():
            used = used.astype(np.int64)
        scale = grey_scale([used], self._layout.name)
        return grey.table((scale.low, scale.high))

    def _indexes(self, stored: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
        first = 1 << (self._layout.bits_stored - 1) if self._layout.signed else 0
        return stored.astype(np.intp) + first

    def _check_complete(self, file: BinaryIO) -> list[int] | None:
        """Offsets of the compressed fragments, or None for uncompressed pixels; the file is at the pixel data."""
        layout, size = self._layout, os.fstat(file.fileno()).st_size
        if layout.syntax in _UNCOMPRESSED:
            expected = _frame_bits(layout) * layout.frames // 8
            found = min(
                size - layout.pixel_offset, size if layout.pixel_length is None else layout.pixel_length
            )
            if layout.photometric == "YBR_FULL_422" and found >= expected // 2 * 3 > 0:
                raise ImageError(
                    f"Expected {expected} bytes of YBR_FULL_422 pixels in {layout.name}, but got {found}, as full "
                    "colour has: its photometric interpretation is wrong, and its colours are unknown."
                )
            if found < expected or layout.pixel_length is None:
                raise ImageError(
                    f"Expected {expected} bytes of pixels in {layout.name} ({_claim(layout)}), but got {found}: "
                    "the file is truncated, or its header is wrong."
                )
            return None
        try:
            parse_basic_offsets(file)
            count, offsets = parse_fragments(file)
            file.seek(offsets[-1] + 4)
            end = file.tell() + 4 + int.from_bytes(file.read(4), "little")
        except Exception as error:
            raise ImageError(
                f"Expected compressed frames in {layout.name}, but their list is damaged or empty."
            ) from error
        if end > size or count < layout.frames:
            raise ImageError(
                f"Expected {layout.frames} compressed frames in {layout.name}, but got only {count} pieces, the last "
                f"{'cut off' if end > size else 'whole'}: the file is truncated, or its header is wrong."
            )
        return offsets

    def _stored(self, index: int) -> npt.NDArray[Any]:
        """Stored values ``(H, W)``, or RGB ``(H, W, 3)``, of one frame."""
        layout = self._layout
        try:
            with self._path.open("rb") as file, quiet():
                file.seek(layout.pixel_offset)
                if self._fragments is None:
                    stored, photometric = self._decode(file, index, layout.frames)
                else:
                    frame = self._compressed(file, index)
                    _check_size(frame, layout)
                    stored, photometric = self._decode(encapsulate([frame], has_bot=False), 0, 1)
                    if layout.syntax in _LOSSY_JPEG and jpeg_adobe_transform(frame) is not None:
                        # Pillow obeys Adobe's marker, of which pydicom knows nothing.
                        photometric = "RGB"
                if photometric in ("YBR_FULL", "YBR_FULL_422"):
                    stored = convert_color_space(stored, "YBR_FULL", "RGB")
        except UltraSamError:
            raise
        except Exception as error:
            raise ImageError(
                f"Expected {layout.syntax.name} pixels, but frame {index} of {layout.name} is damaged "
                "and cannot be decoded."
            ) from error
        return stored

    def _compressed(self, file: BinaryIO, index: int) -> bytes:
        """The compressed bytes of one frame."""
        if self._fragments is not None and len(self._fragments) == self._layout.frames:
            # One fragment a frame: where each lies is known, whatever an offset table says.
            file.seek(self._fragments[index] + 4)
            return file.read(int.from_bytes(file.read(4), "little"))
        return get_frame(
            file, index, number_of_frames=self._layout.frames, extended_offsets=self._extended_offsets
        )

    def _decode(self, source: BinaryIO | bytes, index: int, frames: int) -> tuple[npt.NDArray[Any], str]:
        """Decoded samples as they are stored, and their photometric interpretation."""
        layout = self._layout
        rows, columns = layout.size_hw
        # JPEG and its kin interleave samples, whatever the header says; of RLE, pydicom knows.
        planar = layout.planar and layout.syntax in _UNCOMPRESSED
        pixels, properties = get_decoder(layout.syntax).as_array(
            source,
            index=index,
            raw=True,
            decoding_plugin=DECODERS[layout.syntax],
            rows=rows,
            columns=columns,
            number_of_frames=frames,
            samples_per_pixel=layout.samples,
            photometric_interpretation=layout.photometric,
            planar_configuration=int(planar),
            bits_allocated=layout.bits_allocated,
            bits_stored=layout.bits_stored,
            pixel_representation=int(layout.signed),
            pixel_keyword="PixelData",
            pixel_vr=layout.pixel_vr,
        )
        return pixels, str(properties["photometric_interpretation"])


def _check_readable(layout: PixelLayout) -> None:
    if layout.syntax not in DECODERS:
        raise ImageError(
            f"Expected a transfer syntax that can be decoded, but {layout.name} has {syntax_name(layout.syntax)} "
            f"({layout.syntax}): export or convert it as uncompressed, RLE, JPEG, JPEG-LS or JPEG 2000."
        )
    samples = 1 if layout.photometric in _GREY or layout.photometric == _PALETTE else 3
    if samples == 3 and layout.photometric not in _COLOUR:
        raise ImageError(
            f"Expected grey, palette, RGB or YBR pixels, but {layout.name} has the photometric interpretation "
            f"{layout.photometric or 'missing'}."
        )
    if layout.samples != samples:
        raise ImageError(
            f"Expected {samples} samples per pixel for {layout.photometric}, but {layout.name} has {layout.samples}."
        )
    if layout.photometric.startswith("YBR") and layout.bits_allocated != 8:
        raise ImageError(
            f"Expected {layout.photometric} pixels of 8 bits, but those of {layout.name} take {layout.bits_allocated}."
        )


def _check_size(frame: bytes, layout: PixelLayout) -> None:
    """Compare what a compressed frame claims with the header."""
    rows, columns = layout.size_hw
    expected = (rows, columns, layout.samples)
    if layout.syntax == uid.RLELossless:
        needed = rows * columns * layout.samples * layout.bits_allocated // 8
        if needed > _RLE_MAX_RATIO * len(frame):
            raise ImageError(
                f"Expected an RLE frame of {needed} bytes ({_claim(layout)}), but that of {layout.name} is too short."
            )
        return
    found = jpeg2000_size(frame) if layout.syntax in _JPEG_2000 else jpeg_size(frame)
    if found != expected:
        said = (
            "no valid image" if found is None else "{} rows, {} columns, {} samples per pixel".format(*found)
        )
        raise ImageError(f"Expected {_claim(layout)}, but the compressed frame in {layout.name} has {said}.")


def _frame_bits(layout: PixelLayout) -> int:
    rows, columns = layout.size_hw
    samples = 2 if layout.photometric == "YBR_FULL_422" else layout.samples
    return rows * columns * samples * layout.bits_allocated


def _claim(layout: PixelLayout) -> str:
    rows, columns = layout.size_hw
    return f"{layout.frames} x {rows} rows, {columns} columns, {layout.samples} samples per pixel"
