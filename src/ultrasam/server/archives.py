"""Exports: an archive in a file without a name, so that none is left behind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import IO, get_args

import anyio
import anyio.to_thread

from ultrasam.errors import InputError
from ultrasam.server.engine import Engine
from ultrasam.server.exporting import ExportFormat, write_archive
from ultrasam.server.library import Library
from ultrasam.server.project import Project
from ultrasam.server.refusals import Full
from ultrasam.server.schemas.items import State
from ultrasam.server.settings import Settings

_PIECE = 1 << 18


@dataclass(frozen=True)
class Archive:
    """A zip archive that is to be sent.

    Attributes:
        name: what it is called.
        size: in bytes.
        file: open, at its beginning; closing it removes it.
    """

    name: str
    size: int
    file: IO[bytes]

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, once."""
        with self.file:
            while piece := self.file.read(_PIECE):
                yield piece


class Archives:
    """Exports of a project.

    Args:
        settings: where temporary files go.
        project: the annotations.
        library: the images.
        engine: the weights that are named.
    """

    def __init__(self, settings: Settings, project: Project, library: Library, engine: Engine) -> None:
        self._settings = settings
        self._project = project
        self._library = library
        self._engine = engine
        # One at a time: it is much work, and nobody needs two.
        self._room = anyio.CapacityLimiter(1)

    async def archive(self, formats: Sequence[str], states: Sequence[str]) -> Archive:
        """Make an archive.

        Args:
            formats: coco, png, nifti, csv.
            states: new, in work, done.

        Raises:
            InputError: another word.
            Full: the disk is full.
        """
        wanted = [ExportFormat(word) for word in _words(formats, list(ExportFormat), "formats")]
        chosen = _words(states, get_args(State), "states")
        return await anyio.to_thread.run_sync(self._write, wanted, chosen, limiter=self._room)

    def _write(self, formats: list[ExportFormat], states: list[str]) -> Archive:
        try:
            file = tempfile.TemporaryFile(dir=self._settings.project)  # noqa: SIM115
        except OSError as error:
            raise Full(f"The export needs room for a file, but none can be made: {error.strerror}.") from error
        try:
            write_archive(
                file,
                self._project,
                self._library,
                formats,
                states,
                model=self._engine.description(),
                folder=self._settings.project,
            )
            size = file.seek(0, 2)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return Archive(f"ultrasam-{datetime.now(timezone.utc):%Y-%m-%d}.zip", size, file)


def _words(given: Sequence[str], known: Sequence[str], what: str) -> list[str]:
    words = list(dict.fromkeys(word.strip() for word in given))
    unknown = [word for word in words if word not in known]
    if unknown:
        raise InputError(f"Expected {what} of {', '.join(known)}, by commas, but got {unknown[0][:50]!r}.")
    return words
