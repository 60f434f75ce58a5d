"""Image embeddings on disk, so that no image is encoded twice.

A file's name is a hash of what decides the embedding: the pixels, the weights, the input size, the number format.
Neither names nor pixels of an image are stored, and no header that could name a patient.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from contextlib import suppress
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ultrasam.cache import cache_dir
from ultrasam.errors import InputError
from ultrasam.files import written_whole
from ultrasam.types import Pixels

log = logging.getLogger(__name__)

#: Raise when the way from pixels to embedding changes, so that older files are not used any more.
_RECIPE = "1"
#: Nothing else that lies in the folder is ever deleted.
_OWN_FILE = re.compile(r"[0-9a-f]{64}\.safetensors")
#: Files written between looks at the whole folder, where other processes may write, too.
_FILES_BETWEEN_SCANS = 64
#: About a thousand embeddings of 4 MB.
DEFAULT_MAX_BYTES = 4 * 2**30


class EmbeddingCache:
    """A bounded folder of embeddings; the least recently used go first.

    Several processes may write to one folder; it may then grow beyond its bound by a few files of each.

    Args:
        folder: where; ``embeddings`` in the cache folder by default.
        max_bytes: bound on the sum of the files; ``$ULTRASAM_CACHE_BYTES`` or 4 GiB by default.

    Raises:
        InputError: ``$ULTRASAM_CACHE_BYTES`` is not a whole number.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, max_bytes: int | None = None) -> None:
        self.folder = cache_dir("embeddings") if folder is None else Path(folder)
        self._refused = False
        #: Bytes in the folder as far as this process knows; None before the first look.
        self._bytes: int | None = None
        self._files_since_scan = 0
        self.max_bytes = _configured_bytes() if max_bytes is None else max_bytes

    @staticmethod
    def key(pixels: Pixels, *, weights_sha256: str, pipeline: str, input_size: int, number_format: str) -> str:
        """The name under which the embedding of ``pixels`` is kept."""
        facts = f"{_RECIPE} {pixels.shape} {weights_sha256} {pipeline} {input_size} {number_format}"
        digest = hashlib.sha256(facts.encode())
        digest.update(np.ascontiguousarray(pixels).data)
        return digest.hexdigest()

    def get(self, key: str) -> Tensor | None:
        """``(1, 256, S/16, S/16)`` on the CPU, or None where it is not here (or its file is damaged)."""
        path = self._path(key)
        try:
            embedding = load_file(path)["embedding"]
        except FileNotFoundError:
            return None
        except (SafetensorError, KeyError, OSError) as error:
            log.warning("An embedding in the cache cannot be read and is computed anew: %s", error)
            if not isinstance(error, OSError):
                # Damaged for good: whoever asks whether it is here would be told that it is.
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            return None
        with suppress(OSError):  # a read-only cache is of use, too
            os.utime(path)
        return embedding

    def contains(self, key: str) -> bool:
        """Whether an embedding is here, without reading it; counts as a use of it."""
        path = self._path(key)
        with suppress(OSError):  # not here, or a read-only cache
            os.utime(path)
        return path.is_file()

    def put(self, key: str, embedding: Tensor) -> None:
        """Keep an embedding; a full or read-only disk costs the cache, not the result."""
        try:
            with written_whole(self._path(key)) as temporary:
                save_file({"embedding": embedding.detach().cpu().contiguous()}, temporary)
                size = temporary.stat().st_size
            self._bound(size)
        except (OSError, InputError, SafetensorError) as error:
            # Said once: a folder that cannot be written stays so.
            if not self._refused:
                log.warning("Embeddings cannot be cached in %s: %s", self.folder, error)
            self._refused = True

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.safetensors"

    def _bound(self, written: int) -> None:
        """Look at the folder, after a new file, if that may be too much or others may have written much."""
        self._files_since_scan += 1
        if self._bytes is not None:
            self._bytes += written
        is_known = self._bytes is not None and self._files_since_scan < _FILES_BETWEEN_SCANS
        if not is_known or (self._bytes or 0) > self.max_bytes:
            self._bytes, self._files_since_scan = self._evict(), 0

    def _evict(self) -> int:
        """Delete what is too much; the bytes that are left."""
        files = []
        for entry in os.scandir(self.folder):
            if not _OWN_FILE.fullmatch(entry.name):
                continue
            with suppress(FileNotFoundError):  # another process was quicker
                status = entry.stat()
                files.append((status.st_mtime, status.st_size, entry.path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.max_bytes:
                break
            Path(path).unlink(missing_ok=True)
            total -= size
        return total


def _configured_bytes() -> int:
    value = os.environ.get("ULTRASAM_CACHE_BYTES")
    if not value:
        return DEFAULT_MAX_BYTES
    if not value.isdecimal():
        raise InputError(f"Expected ULTRASAM_CACHE_BYTES as a whole number of bytes, but got {value!r}.")
    return int(value)
