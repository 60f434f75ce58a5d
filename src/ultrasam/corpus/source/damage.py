"""What is wrong with an archive that cannot be read."""

from __future__ import annotations

from ultrasam.corpus.source.stretches import Stretches
from ultrasam.errors import InputError

#: First bytes -> the kind of an archive.
_SIGNATURES = {b"PK": "zip", b"Rar!": "rar", b"\x1f\x8b": "tar.gz", b"7z\xbc\xaf": "7z"}


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
    found = next((found for signature, found in _SIGNATURES.items() if start.startswith(signature)), kind)
    if not found.startswith(kind):
        return f"it is a {found} archive: give it the suffix .{found}"
    return f"it is cut off or damaged ({size:,} bytes): fetch it again"
