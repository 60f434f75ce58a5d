"""Which kind of file it is, by its first bytes: names lie."""

from __future__ import annotations

import re
import zlib

#: How many bytes :func:`kind_of` wants to see.
HEAD_BYTES = 4096

RASTER = frozenset({"PNG", "JPEG", "TIFF", "BMP", "WebP", "GIF"})
VOLUME = frozenset({"NIfTI", "MetaImage", "NRRD"})
VIDEO = frozenset({"AVI", "MP4", "MKV", "WMV", "MPEG"})

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (128, b"DICM", "DICOM"),  # first: a DICOM preamble may look like a TIFF
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"BM", "BMP"),
    (8, b"WEBP", "WebP"),
    (8, b"AVI ", "AVI"),
    (0, b"\x1a\x45\xdf\xa3", "MKV"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMV"),
    (0, b"\x00\x00\x01\xba", "MPEG"),
    (344, b"n+1\x00", "NIfTI"),
    (4, b"n+2\x00\r\n\x1a\n", "NIfTI"),
    (0, b"NRRD00", "NRRD"),
)
_META_IMAGE = re.compile(rb"\s*(ObjectType|NDims|Comment)\s*=")
#: First box of MP4 and QuickTime files.
_MP4_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
#: Pictures in an MP4-like box.
_STILL_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1"})


def kind_of(head: bytes) -> str | None:
    """The kind of a file from its first :data:`HEAD_BYTES`: one of the sets above, ``"DICOM"``, or None.

    DICOM without a preamble has no signature and gives None.
    """
    for offset, signature, kind in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return kind
    if head[4:8] in _MP4_BOXES and head[8:12] not in _STILL_BRANDS:
        return "MP4"
    if _META_IMAGE.match(head):
        return "MetaImage"
    if head[:2] == b"\x1f\x8b" and kind_of(_gunzipped(head)) == "NIfTI":
        return "NIfTI"
    return None


def _gunzipped(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""
