"""What is wrong with an archive that cannot be read."""

from __future__ import annotations

from ultrasam.corpus.source.stretches import Stretches
from ultrasam.errors import InputError

#: First bytes -> what a file is.
_SIGNATURES = {
    b"PK": "a zip archive",
    b"Rar!": "a rar archive",
    b"\x1f\x8b": "packed with gzip",
    b"7z\xbc\xaf": "a 7z archive, which is to be unpacked first",
}


def damaged(name: str, kind: str, archive: Stretches) -> InputError:
    """The error to raise for an archive that is no archive, or not whole.

    Args:
        name: of the archive.
        kind: ``"zip"``, ``"tar"`` or ``"rar"``, as its name says.
        archive: its bytes.
    """
    with archive.open() as stream:
        start = stream.read(256)
    return InputError(f"Expected {name} to be a whole {kind} archive, but {_finding(start, kind, archive.size)}.")


def _finding(start: bytes, kind: str, size: int) -> str:
    text = start.lstrip().lower()
    if not start:
        return "it is empty: fetch it again"
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"{")):
        return "it is a page of a web site, perhaps one that asks for a login: fetch it again with a browser"
    if text.startswith(b"version https://git-lfs"):
        return "it is a pointer of Git LFS: run  git lfs pull  in the repository"
    other = next((what for signature, what in _SIGNATURES.items() if start.startswith(signature)), None)
    if other and kind not in other and not (kind == "tar" and "gzip" in other):
        return f"it is {other}: give it the suffix of its kind"
    return f"it is cut off or damaged ({size:,} bytes): fetch it again"
