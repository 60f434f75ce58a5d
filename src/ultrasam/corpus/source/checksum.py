"""The checksum that archives keep of their files."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from ultrasam.corpus.source.file import CHUNK


def crc32(stream: BinaryIO) -> int:
    """The CRC-32 of all that is left of a stream."""
    checksum = 0
    while chunk := stream.read(CHUNK):
        checksum = zlib.crc32(chunk, checksum)
    return checksum
