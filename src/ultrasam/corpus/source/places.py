"""Where the bytes of a file are, in a form that can be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ultrasam.corpus.source.stretches import Stretches


class Place(Protocol):
    """How to get the bytes of a file."""

    @property
    def path(self) -> Path | None:
        """The file itself, where it lies on the disk under its own name."""
        ...

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What opening and reading raise where the bytes are damaged or gone."""
        ...

    def open(self) -> BinaryIO:
        """A stream of the unpacked bytes."""
        ...

    def stretches(self) -> Stretches | None:
        """Where on the disk the unpacked bytes lie; None where they lie there packed only."""
        ...


@dataclass(frozen=True)
class OnDisk:
    """A file of a folder."""

    path: Path

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """Those of the file system."""
        return (OSError,)

    def open(self) -> BinaryIO:
        """The file."""
        return self.path.open("rb")

    def stretches(self) -> Stretches:
        """The whole file."""
        return Stretches.of_file(self.path)


@dataclass(frozen=True)
class Within:
    """A file that lies unpacked inside others: in a tar archive, or unpacked to scratch."""

    content: Stretches

    @property
    def path(self) -> None:
        """None."""
        return

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """Those of the file system, and of an archive that has become shorter."""
        return OSError, EOFError

    def open(self) -> BinaryIO:
        """The bytes in place."""
        return self.content.open()

    def stretches(self) -> Stretches:
        """The bytes in place."""
        return self.content
