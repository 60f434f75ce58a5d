"""Graphs on disk: made once for some weights and an input size, checked when they are used, bounded."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import torch
from filelock import FileLock

from ultrasam.cache import cache_dir
from ultrasam.errors import WeightsError
from ultrasam.graphs.tracing import OPSET
from ultrasam.weights import Checkpoint
from ultrasam.weights.config_json import config_to_json
from ultrasam.weights.hashing import sha256_of

log = logging.getLogger(__name__)

#: Raise when a graph comes to be made otherwise, so that older ones are not used any more.
_RECIPE = "1"
#: Nothing else that lies in the folder is ever deleted.
_OWN_FOLDER = re.compile(r"[0-9a-f]{64}")
_GRAPH, _HASHES, _PARTIAL = "graph.onnx", "sha256.json", ".partial-"
#: A ViT-B's encoder takes 0.4 GB, a ViT-H's 2.5 GB.
DEFAULT_MAX_BYTES = 8 * 2**30

#: Writes a graph under a path, and what belongs to it beside it.
Write = Callable[[Path], None]


class GraphStore:
    """A folder with a folder for each graph; the least recently used go first.

    Args:
        folder: where; ``graphs`` in the cache folder by default. Where it cannot be written, graphs are made anew in
            each process.
        max_bytes: bound on the sum of the files.
    """

    def __init__(self, folder: Path | None = None, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.folder = cache_dir("graphs") if folder is None else folder
        self.max_bytes = max_bytes

    def graph(self, checkpoint: Checkpoint, input_size: int, part: str, write: Write) -> Path:
        """The ONNX file of one part of a network, which is made where it is missing or damaged.

        Args:
            checkpoint: of the network.
            input_size: side of its input in pixels.
            part: what of it.
            write: makes the file.

        Returns:
            The file. It stays for as long as this process needs it to open it, and may go later.
        """
        key = _key(checkpoint, input_size, part)
        found = self._found(self.folder / key)
        if found is not None:
            return found
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # A second process waits for the first, which takes seconds, instead of doing the same.
            with FileLock(self.folder / ".lock"):
                return self._found(self.folder / key) or self._made(self.folder / key, write)
        except OSError as error:
            _warn_once(f"Graphs cannot be kept in {self.folder}, so that each process makes its own: {error}")
            entry = _temporary_folder() / key
            return self._found(entry) or self._made(entry, write)

    @staticmethod
    def _found(entry: Path) -> Path | None:
        """The graph of an entry where all its files are as they were written; counts as a use of it."""
        if not (entry / _HASHES).is_file():
            return None
        try:
            hashes = json.loads((entry / _HASHES).read_text(encoding="utf-8"))
            is_whole = _GRAPH in hashes and all(sha256_of(entry / name) == known for name, known in hashes.items())
        except (OSError, ValueError, TypeError, AttributeError, WeightsError):
            is_whole = False
        if not is_whole:
            log.warning("A graph in the cache is damaged and is made anew: %s", entry)
            return None
        with suppress(OSError):  # a read-only cache is of use, too
            os.utime(entry)
        return entry / _GRAPH

    def _made(self, entry: Path, write: Write) -> Path:
        log.info("Making a graph of the network, which takes some seconds, once.")
        # Whoever left something half made was stopped: nobody else is at work here.
        for left in entry.parent.glob(f"{_PARTIAL}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_PARTIAL, dir=entry.parent) as folder:
            made = Path(folder) / entry.name
            made.mkdir()
            write(made / _GRAPH)
            hashes = {file.name: sha256_of(file) for file in made.iterdir()}
            (made / _HASHES).write_text(json.dumps(hashes), encoding="utf-8")
            shutil.rmtree(entry, ignore_errors=True)
            made.replace(entry)
        self._bound(entry)
        return entry / _GRAPH

    def _bound(self, newest: Path) -> None:
        """Delete what is too much, never the newest."""
        entries = []
        for entry in newest.parent.iterdir():
            if _OWN_FOLDER.fullmatch(entry.name):
                size = sum(file.stat().st_size for file in entry.iterdir())
                entries.append((entry == newest, entry.stat().st_mtime, size, entry))
        total = sum(size for _, _, size, _ in entries)
        for is_newest, _, size, entry in sorted(entries):
            if total <= self.max_bytes or is_newest:
                break
            shutil.rmtree(entry, ignore_errors=True)
            total -= size


def _key(checkpoint: Checkpoint, input_size: int, part: str) -> str:
    """The name under which a graph is kept: a hash of all that decides it."""
    facts = [_RECIPE, checkpoint.sha256, config_to_json(checkpoint.config), input_size, part, OPSET, torch.__version__]
    return hashlib.sha256(json.dumps([str(fact) for fact in facts]).encode()).hexdigest()


@cache
def _warn_once(message: str) -> None:
    log.warning(message)


@cache
def _temporary_folder() -> Path:
    """A folder for as long as this process lives."""
    folder = tempfile.TemporaryDirectory(prefix="ultrasam-graphs-")
    _KEPT.append(folder)
    return Path(folder.name)


#: A temporary folder goes with the object that stands for it.
_KEPT: list[tempfile.TemporaryDirectory[str]] = []
