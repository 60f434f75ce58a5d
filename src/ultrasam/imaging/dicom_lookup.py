"""DICOM's lookup tables: plain and segmented, of either byte order.

One reader for all of them, as pydicom's ``apply_color_lut`` takes 16-bit entries of big-endian files for
little endian and cannot index 8-bit entries by 16-bit pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class LookupTable:
    """What each stored value becomes (PS3.3 C.7.6.3.1.5, C.11.1.1 and C.11.2.1.1).

    Attributes:
        first: the stored value of the first entry; smaller values become the first entry.
        entries: ``(N,)`` uint16; values after the last become the last entry.
        bits: bits of an entry, as the descriptor says.
    """

    first: int
    entries: npt.NDArray[np.uint16]
    bits: int

    def apply(self, values: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.uint16]:
        """The entries of stored values, of the same shape."""
        indexes = np.clip(values.astype(np.int64) - self.first, 0, len(self.entries) - 1)
        return self.entries[indexes]


def read_lookup_table(
    descriptor: Sequence[int], data: bytes | Sequence[int], *, segmented: bool, signed: bool, big_endian: bool
) -> LookupTable:
    """Read a lookup table.

    Args:
        descriptor: number of entries (0 means 65,536), first stored value, bits per entry.
        data: the entries as the file holds them (VR OW), or as numbers (VR US).
        segmented: whether the data are segments (PS3.3 C.7.9.2).
        signed: whether stored values are signed, and so the first of them.
        big_endian: byte order of the file.

    Raises:
        ValueError: the descriptor and the data do not fit together.
    """
    count, first, bits = (int(number) for number in descriptor)
    count = count or 1 << 16
    if bits not in range(8, 17) or not 0 < count <= 1 << 16:
        raise ValueError(f"a table of {count} entries of {bits} bits")
    if signed:
        first = (first + (1 << 15)) % (1 << 16) - (1 << 15)
    width = 1 if segmented and bits == 8 else 2
    if not segmented and isinstance(data, bytes) and len(data) < 2 * count:
        # Eight-bit entries may lie two in a word, or one in a word as larger ones do (PS3.3 C.7.6.3.1.6).
        width = 1
    words = _words(data, width, big_endian)
    entries = _expanded(words, width, count) if segmented else words[:count]
    if len(entries) != count:
        raise ValueError(f"{len(entries)} instead of {count} entries")
    return LookupTable(first, entries, bits)


def _words(data: bytes | Sequence[int], width: int, big_endian: bool) -> npt.NDArray[np.uint16]:
    if not isinstance(data, bytes):
        return np.asarray(data, np.uint16).reshape(-1)
    data = data[: len(data) // 2 * 2]
    if width == 2:
        return np.frombuffer(data, ">u2" if big_endian else "<u2").astype(np.uint16)
    packed = np.frombuffer(data, np.uint8).astype(np.uint16)
    # The first of two bytes is the low one of their word, which a big-endian file holds second.
    return packed.reshape(-1, 2)[:, ::-1].reshape(-1) if big_endian else packed


def _expanded(words: npt.NDArray[np.uint16], width: int, count: int) -> npt.NDArray[np.uint16]:
    """Entries of a segmented table (PS3.3 C.7.9.2); more than ``count`` are never made."""
    data = words.tolist()
    entries: list[int] = []

    def expand(position: int, segments: int | None, *, may_refer: bool) -> None:
        while position + 1 < len(data) and len(entries) < count and segments != 0:
            kind, length = data[position : position + 2]
            position += 2
            if kind == 0:
                entries.extend(data[position : position + length])
                position += length
            elif kind == 1 and entries and position < len(data):
                start, end = entries[-1], data[position]
                steps = np.arange(1, length + 1)
                entries.extend(np.rint(start + (end - start) * steps / max(length, 1)).astype(int).tolist())
                position += 1
            elif kind == 2 and may_refer and entries:
                # A 32-bit byte offset: two words, or four bytes; the low word comes first in both.
                parts = data[position : position + 4 // width]
                offset = sum(part << (8 * width * place) for place, part in enumerate(parts))
                expand(offset // width, length, may_refer=False)
                position += 4 // width
            else:
                raise ValueError(f"a segment of kind {kind} at word {position - 2}")
            segments = None if segments is None else segments - 1

    expand(0, None, may_refer=True)
    return np.asarray(entries[:count], np.uint16)
