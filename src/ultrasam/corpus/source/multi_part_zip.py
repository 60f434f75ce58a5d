"""Zip archives in several files: ``a.z01, a.z02, …, a.zip`` by ``zip -s``, or cut into ``a.zip.001, a.zip.002, …``.

An archive of the first kind says of each of its files in which part it begins and where in that part, which zipfile
does not read. Its directory is written anew, as that of an archive in one part.

Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16, 4.5.3 and 8.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from zipfile import BadZipFile

from ultrasam.corpus.source.damage import damaged
from ultrasam.corpus.source.scratch import Scratch
from ultrasam.corpus.source.stretches import Stretches
from ultrasam.errors import InputError

_ENTRY = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_EXTRA = struct.Struct("<2H")
_ENTRY_SIGNATURE, _END_SIGNATURE = b"PK\x01\x02", b"PK\x05\x06"
_END_64_SIGNATURE, _LOCATOR_64_SIGNATURE = b"PK\x06\x06", b"PK\x06\x07"
_EXTRA_64 = 1
#: The end with the longest comment, and the locator before it.
_LONGEST_END = _LOCATOR_64.size + _END.size + 0xFFFF
#: In place of a number that is too large for its field and stands elsewhere.
_ELSEWHERE_16, _ELSEWHERE_32 = 0xFFFF, 0xFFFFFFFF


def join_parts(parts: Sequence[Stretches], name: str, scratch: Scratch) -> Stretches:
    """One archive out of its parts, as zipfile reads it.

    Args:
        parts: in order, at least one.
        name: of the archive, for errors.
        scratch: where a directory that is written anew is kept.

    Raises:
        InputError: it is no zip archive, parts are missing, or the directory is damaged.
    """
    whole = sum(parts[1:], start=parts[0])
    starts = list(accumulate((part.size for part in parts[:-1]), initial=0))
    try:
        end = _End.find(whole)
        if end.part_count == 1:
            return whole
        if end.part_count != len(parts):
            raise InputError(
                f"Expected {name} with all of its {end.part_count} parts in one folder (.z01, .z02, …, and .zip last), "
                f"but found {len(parts)}: fetch the others, or the archive again."
            )
        part, start, size, count = end.directory(whole, starts)
        start += starts[part]
        with whole.window(start, size).open() as stream:
            directory = b"".join(_rewritten_entries(stream.read(), starts))
    except (struct.error, IndexError, BadZipFile) as error:
        raise damaged(name, "zip", whole) from error
    tail = scratch.keep(io.BytesIO(directory + _written_end(count, start, len(directory))))
    return whole.window(0, start) + Stretches.of_file(tail)


@dataclass(frozen=True)
class _End:
    """The record at the end of an archive, and the one that may be before it for numbers of 64 bits."""

    record: tuple[int, ...]
    locator_64: tuple[int, ...] | None

    @classmethod
    def find(cls, whole: Stretches) -> _End:
        with whole.window(max(whole.size - _LONGEST_END, 0), _LONGEST_END).open() as stream:
            tail = stream.read()
        at = tail.rfind(_END_SIGNATURE)
        if at < 0:
            raise BadZipFile("no end of a zip archive")
        locator = tail[max(at - _LOCATOR_64.size, 0) : at]
        has_locator = locator.startswith(_LOCATOR_64_SIGNATURE)
        return cls(_END.unpack_from(tail, at), _LOCATOR_64.unpack(locator) if has_locator else None)

    @property
    def part_count(self) -> int:
        return self.locator_64[3] if self.locator_64 else self.record[1] + 1

    def directory(self, whole: Stretches, starts: list[int]) -> tuple[int, int, int, int]:
        """Number of the part in which the directory begins, byte in that part, size in bytes, number of entries."""
        _, _, part, _, count, size, start, _ = self.record
        if self.locator_64:
            _, end_part, end_start, _ = self.locator_64
            with whole.window(starts[end_part] + end_start, _END_64.size).open() as stream:
                _, _, _, _, _, part, _, count, size, start = _END_64.unpack(stream.read())
        return part, start, size, count


def _rewritten_entries(directory: bytes, starts: list[int]) -> Iterator[bytes]:
    """The entries of a directory, with places in the whole archive instead of those in its parts."""
    at = 0
    while at < len(directory):
        fields = list(_ENTRY.unpack_from(directory, at))
        if fields[0] != _ENTRY_SIGNATURE:
            raise BadZipFile("no entry of a zip archive's directory")
        sizes, (name_size, extra_size, comment_size, part), start = fields[8:10], fields[10:14], fields[16]
        name_end = at + _ENTRY.size + name_size
        extra_end = name_end + extra_size
        extras = dict(_extras(directory[name_end:extra_end]))
        # Only the numbers that the entry itself has no room for are there, in this order.
        large = extras.pop(_EXTRA_64, b"")
        size_bytes = 8 * sizes.count(_ELSEWHERE_32)
        if start == _ELSEWHERE_32:
            (start,) = struct.unpack_from("<Q", large, size_bytes)
        extras[_EXTRA_64] = large[:size_bytes] + struct.pack("<Q", starts[part] + start)
        extra = b"".join(_EXTRA.pack(kind, len(data)) + data for kind, data in extras.items())
        fields[11], fields[13], fields[16] = len(extra), 0, _ELSEWHERE_32
        yield _ENTRY.pack(*fields) + directory[at + _ENTRY.size : name_end] + extra
        yield directory[extra_end : extra_end + comment_size]
        at = extra_end + comment_size


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, size = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size + size
        yield kind, extra[at - size : at]


def _written_end(count: int, start: int, size: int) -> bytes:
    """The end of an archive in one part; always with 64-bit numbers, so that there is one way."""
    version, rest = 45, _END_64.size - 12
    end_64 = _END_64.pack(_END_64_SIGNATURE, rest, version, version, 0, 0, count, count, size, start)
    locator = _LOCATOR_64.pack(_LOCATOR_64_SIGNATURE, 0, start + size, 1)
    counts, places = (0, 0, _ELSEWHERE_16, _ELSEWHERE_16), (_ELSEWHERE_32, _ELSEWHERE_32)
    return end_64 + locator + _END.pack(_END_SIGNATURE, *counts, *places, 0)
