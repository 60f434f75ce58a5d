"""The hash by which a file is known."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ultrasam.errors import WeightsError


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal digits.

    Raises:
        WeightsError: the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise WeightsError(f"Expected to read {path}, but that failed ({error.strerror or error}).") from error
    return digest.hexdigest()
