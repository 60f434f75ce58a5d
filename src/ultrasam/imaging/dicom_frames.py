"""DICOM pixels to 8-bit frames, one frame at a time: the file is opened for each and never held whole."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.encaps import get_frame, parse_basic_offsets, parse_fragments

from ultrasam.errors import ImageError
from ultrasam.imaging.dicom_decoding import (
    UNCOMPRESSED,
    check_decodable,
    decode_compressed,
    decode_uncompressed,
    syntax_name,
)
from ultrasam.imaging.dicom_display import GreyDisplay, grey_display, palette_table
from ultrasam.imaging.dicom_header import PixelLayout
from ultrasam.imaging.image import Frames
from ultrasam.imaging.intensity import grey_scale
from ultrasam.imaging.quiet import quiet
from ultrasam.types import Pixels


class DicomFrames(Frames):
    """Frames of a DICOM file, decoded when they are asked for.

    Attributes:
        grey: how grey values are shown; None for colour.
    """

    def __init__(self, path: Path, header: Dataset, layout: PixelLayout) -> None:
        """Check that the file has all frames that its header claims, and read how they are to be shown.

        Raises:
            ImageError: there is no decoder for the pixels, or they are fewer than the header claims.
        """
        check_decodable(layout)
        self._path = path
        self._layout = layout
        self.grey: GreyDisplay | None = None
        self._palette: npt.NDArray[np.uint8] | None = None
        if layout.photometric == "PALETTE COLOR":
            self._palette = palette_table(header, layout)
        elif layout.samples == 1:
            self.grey = grey_display(header, layout)
        self._fragments: list[int] = []
        self._extended_offsets: tuple[bytes, bytes] | None = None
        if "ExtendedOffsetTable" in header and "ExtendedOffsetTableLengths" in header:
            self._extended_offsets = header.ExtendedOffsetTable, header.ExtendedOffsetTableLengths
        with path.open("rb") as file:
            file.seek(layout.pixel_offset)
            size = os.fstat(file.fileno()).st_size
            if layout.syntax in UNCOMPRESSED:
                _check_uncompressed(layout, size)
            else:
                self._fragments = _find_fragments(file, layout, size)

    @property
    def shape(self) -> tuple[int, ...]:
        """``(T, H, W)`` for grey, ``(T, H, W, 3)`` for colour; every palette counts as colour."""
        return (self._layout.frames, *self._layout.size_hw, *(() if self.grey else (3,)))

    def read(self, index: int) -> Pixels:
        """Decode frame ``index``: ``(H, W)`` or ``(H, W, 3)`` uint8.

        Raises:
            ImageError: the frame is damaged, or the file is gone.
        """
        stored = self._stored(index)
        if self._table is None:
            shift = max(self._layout.bits_stored - 8, 0)
            return np.ascontiguousarray(stored >> shift).astype(np.uint8, copy=False)
        return np.take(self._table, self._places(stored), axis=0, mode="clip")

    @cached_property
    def _table(self) -> npt.NDArray[np.uint8] | None:
        """What each stored value looks like, ``(N,)`` or ``(N, 3)``; None where samples are RGB already.

        Where the file does not say what is black and white, all frames are decoded once to find it.
        """
        if self.grey is None:
            return self._palette
        if self.grey.limits is not None:
            return self.grey.table(self.grey.limits)
        occurs = np.zeros(len(self.grey.levels), bool)
        for index in range(self._layout.frames):
            np.put(occurs, self._places(self._stored(index)), True, mode="clip")
        used = self.grey.levels[occurs]
        scale = grey_scale([used.astype(np.int64) if (used == np.rint(used)).all() else used], self._layout.name)
        return self.grey.table((scale.low, scale.high))

    def _places(self, stored: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
        """Where stored values stand in a table of all of them."""
        return stored.astype(np.intp) - self._layout.lowest_value

    def _stored(self, index: int) -> npt.NDArray[Any]:
        """Stored values ``(H, W)``, or RGB ``(H, W, 3)``, of one frame."""
        layout = self._layout
        try:
            with self._path.open("rb") as file, quiet():
                file.seek(layout.pixel_offset)
                if layout.syntax in UNCOMPRESSED:
                    return decode_uncompressed(file, index, layout)
                return decode_compressed(self._compressed(file, index), layout)
        except ImageError:
            raise
        except Exception as error:
            raise ImageError(
                f"Expected {syntax_name(layout.syntax)} pixels, but frame {index} of {layout.name} is "
                "damaged and cannot be decoded."
            ) from error

    def _compressed(self, file: BinaryIO, index: int) -> bytes:
        """The compressed bytes of one frame."""
        if len(self._fragments) == self._layout.frames:
            # One fragment a frame: where each lies is known, even if the file's offset table is wrong.
            file.seek(self._fragments[index] + 4)
            return file.read(int.from_bytes(file.read(4), "little"))
        return get_frame(file, index, number_of_frames=self._layout.frames, extended_offsets=self._extended_offsets)


def _check_uncompressed(layout: PixelLayout, file_size: int) -> None:
    rows, columns = layout.size_hw
    samples = 2 if layout.photometric == "YBR_FULL_422" else layout.samples
    expected = -(-layout.frames * rows * columns * samples * layout.bits_allocated // 8)
    claimed = 0 if layout.pixel_length is None else layout.pixel_length
    found = min(claimed, file_size - layout.pixel_offset)
    if samples != layout.samples and found >= expected // 2 * 3:
        raise ImageError(
            f"Expected {expected} bytes of YBR_FULL_422 pixels in {layout.name}, but got {found}, as for "
            "full colour: the photometric interpretation in its header is wrong."
        )
    if found < expected:
        raise ImageError(
            f"Expected {expected} bytes of pixels in {layout.name} ({layout.frames} frames of {rows} rows "
            f"and {columns} columns), but got {found}: the file is cut off, or its header is wrong."
        )


def _find_fragments(file: BinaryIO, layout: PixelLayout, file_size: int) -> list[int]:
    """Where each compressed fragment begins; the file is open at the value of the pixel data."""
    try:
        parse_basic_offsets(file)
        _, fragments = parse_fragments(file)
        file.seek(fragments[-1] + 4)
        end = int.from_bytes(file.read(4), "little") + file.tell()
    except Exception as error:
        raise ImageError(f"Expected compressed frames in {layout.name}, but their list is damaged or empty.") from error
    if end > file_size:
        raise ImageError(f"Expected {end} bytes in {layout.name}, but got {file_size}: the file is cut off.")
    if len(fragments) < layout.frames:
        raise ImageError(
            f"Expected {layout.frames} compressed frames in {layout.name}, but got {len(fragments)}: "
            "the file is cut off, or its header is wrong."
        )
    return fragments
