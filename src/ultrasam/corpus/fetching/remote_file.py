"""A file to download, and whether a file on the disk is that file."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from ultrasam.errors import InputError

_ALGORITHMS = ("md5", "sha1", "sha256", "sha512")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class RemoteFile:
    """What a server says about a file.

    Attributes:
        name: relative to the data set's folder, with ``/`` between folders.
        urls: the first choice, then mirrors.
        size: bytes; None where the server does not say.
        digest: algorithm and hexadecimal hash, ``("md5", "9e10…")``; None where no hash is published.

    Raises:
        InputError: the name leads out of the data set's folder, there is no address, or the hash is of no known kind.
    """

    name: str
    urls: tuple[str, ...]
    size: int | None = None
    digest: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        is_odd = "\\" in self.name or not self.name.isprintable() or PureWindowsPath(self.name).anchor
        if is_odd or {"", ".", ".."} & set(self.name.split("/")):
            raise InputError(
                f"Expected the name of a file inside the data set's folder, but the server calls it {self.name!r}: "
                "download it by hand."
            )
        if not self.urls:
            raise InputError(f"Expected an address of {self.name}, but there is none: download it by hand.")
        if self.digest and self.digest[0] not in _ALGORITHMS:
            raise InputError(f"Expected a hash of {self.name} by {', '.join(_ALGORITHMS)}, but got {self.digest[0]!r}.")

    def problem_of(self, path: Path) -> str | None:
        """Why a file on the disk is not this one, after "the file …"; None where it is, as far as one can tell."""
        size = path.stat().st_size
        if self.size not in (None, size):
            return f"has {size} bytes in place of {self.size}"
        if self.digest:
            algorithm, expected = self.digest
            found = _hash_of(path, algorithm)
            return None if found == expected.lower() else f"has the {algorithm} {found} in place of {expected}"
        # Servers send a web page in place of a file that has moved, with all signs of success.
        if self.name.lower().endswith(".zip") and not zipfile.is_zipfile(path):
            return "is no whole zip file"
        return None


def _hash_of(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
