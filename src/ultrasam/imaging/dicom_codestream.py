"""What a compressed frame itself says of its size and colours, read before a decoder is let at it.

Decoders allocate what the codestream says: without this check, a damaged frame could take all memory.
"""

from __future__ import annotations

import struct

#: Start-of-frame markers of JPEG (ISO 10918-1, table B.1) and JPEG-LS (ISO 14495-1): they carry the size.
_START_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN = 0xDA
_APPLICATION = range(0xE0, 0xF0)
_JFIF, _ADOBE = 0xE0, 0xEE

#: Markers of JPEG 2000 (ISO 15444-1, table A.2).
_SIZE, _CODING_STYLE, _START_OF_TILE = 0x51, 0x52, 0x90


def jpeg_size(frame: bytes) -> tuple[int, int, int] | None:
    """Rows, columns and components of a JPEG or JPEG-LS frame; None where it has no valid header."""
    for marker, segment in _jpeg_segments(frame):
        if marker in _START_OF_FRAME and len(segment) >= 6:
            rows, columns, components = struct.unpack(">HHB", segment[1:6])
            return rows, columns, components
    return None


def jpeg_names_colours(frame: bytes) -> bool:
    """Whether a JPEG frame names its colours: by Adobe's or JFIF's marker, or by components called R, G and B."""
    return any(
        (marker == _ADOBE and segment.startswith(b"Adobe"))
        or (marker == _JFIF and segment.startswith(b"JFIF"))
        or (marker in _START_OF_FRAME and segment[6:15:3] == b"RGB")
        for marker, segment in _jpeg_segments(frame)
    )


def jpeg_without_application_data(frame: bytes) -> bytes:
    """A JPEG frame without its application segments (APP0 to APP15), which name its colours."""
    segments, end = _segments(frame, frame.find(b"\xff\xd8"), _START_OF_SCAN)
    kept = (
        struct.pack(">BBH", 0xFF, marker, len(segment) + 2) + segment
        for marker, segment in segments
        if marker not in _APPLICATION
    )
    return b"\xff\xd8" + b"".join(kept) + frame[end:]


def jpeg2000_size(frame: bytes) -> tuple[int, int, int] | None:
    """Rows, columns and components of a JPEG 2000 frame (ISO 15444-1, A.5.1); None where it has no header."""
    for marker, segment in _jpeg2000_segments(frame):
        if marker == _SIZE and len(segment) >= 36:
            right, bottom, left, top, *_, components = struct.unpack(">8LH", segment[2:36])
            return bottom - top, right - left, components
    return None


def jpeg2000_transforms_colours(frame: bytes) -> bool:
    """Whether a JPEG 2000 frame holds RGB in a transformed form that its decoder undoes (ISO 15444-1, A.6.1)."""
    return any(marker == _CODING_STYLE and segment[4:5] == b"\x01" for marker, segment in _jpeg2000_segments(frame))


def _jpeg_segments(frame: bytes) -> list[tuple[int, bytes]]:
    return _segments(frame, frame.find(b"\xff\xd8"), _START_OF_SCAN)[0]


def _jpeg2000_segments(frame: bytes) -> list[tuple[int, bytes]]:
    return _segments(frame, frame.find(b"\xff\x4f\xff\x51"), _START_OF_TILE)[0]


def _segments(frame: bytes, start: int, stop: int) -> tuple[list[tuple[int, bytes]], int]:
    """Markers with their segments, and where they end.

    They begin after the first marker, which is at ``start`` (-1 if there is none), and end before the marker ``stop``.
    """
    segments = []
    position = start + 2 if start >= 0 else len(frame)
    while position + 4 <= len(frame):
        fill, marker, length = struct.unpack(">BBH", frame[position : position + 4])
        if fill != 0xFF or marker == stop:
            break
        if marker == 0xFF:
            position += 1
            continue
        segments.append((marker, frame[position + 4 : position + 2 + length]))
        position += 2 + length
    return segments, position
