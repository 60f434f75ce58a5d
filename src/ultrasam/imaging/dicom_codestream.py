"""The size that a compressed frame itself claims, read before a decoder is let at it.

Decoders allocate what the codestream says: without this check, a damaged frame could take all memory.
"""

from __future__ import annotations

import struct

#: Start-of-frame markers of JPEG (ISO 10918-1, table B.1) and JPEG-LS (ISO 14495-1): they carry the size.
_START_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_ADOBE = 0xEE
_START_OF_SCAN = 0xDA


def jpeg_size(frame: bytes) -> tuple[int, int, int] | None:
    """Rows, columns and components of a JPEG or JPEG-LS frame; None where it has no valid header."""
    for marker, segment in _jpeg_segments(frame):
        if marker in _START_OF_FRAME and len(segment) >= 6:
            rows, columns, components = struct.unpack(">HHB", segment[1:6])
            return rows, columns, components
    return None


def has_adobe_marker(frame: bytes) -> bool:
    """Whether a JPEG frame has Adobe's marker, by which it names its colour transform."""
    return any(marker == _ADOBE and segment.startswith(b"Adobe") for marker, segment in _jpeg_segments(frame))


def _jpeg_segments(frame: bytes) -> list[tuple[int, bytes]]:
    """Markers with their segments, up to the first scan."""
    segments = []
    position = frame.find(b"\xff\xd8") + 2
    while position >= 2 and position + 4 <= len(frame):
        fill, marker, length = struct.unpack(">BBH", frame[position : position + 4])
        if fill != 0xFF or marker == _START_OF_SCAN:
            break
        if marker == 0xFF:
            position += 1
            continue
        segments.append((marker, frame[position + 4 : position + 2 + length]))
        position += 2 + length
    return segments


def jpeg2000_size(frame: bytes) -> tuple[int, int, int] | None:
    """Rows, columns and components of a JPEG 2000 frame (ISO 15444-1, A.5.1); None where it has no header."""
    start = frame.find(b"\xff\x4f\xff\x51")
    size = frame[start + 8 : start + 42]
    if start < 0 or len(size) < 34:
        return None
    right, bottom, left, top, *_, components = struct.unpack(">8LH", size)
    return bottom - top, right - left, components
