"""A data set as it is distributed."""

from __future__ import annotations

import os
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType

from ultrasam.corpus.source import rar_archives, zip_archives
from ultrasam.corpus.source.archives import find_archives, is_archive
from ultrasam.corpus.source.file import SourceFile
from ultrasam.corpus.source.folders import add_file, list_folder
from ultrasam.corpus.source.members import Members, is_junk
from ultrasam.corpus.source.natural_order import natural_key
from ultrasam.corpus.source.patterns import compiled
from ultrasam.corpus.source.scratch import Scratch
from ultrasam.corpus.source.tree import tree_text
from ultrasam.corpus.source.unfolding import Unfolding
from ultrasam.errors import InputError

#: Files that are named in one message, and names that are compared to find them.
_MOST_NAMED, _MOST_COMPARED = 5, 20_000


class Source:
    """The files of a folder or an archive, with archives in it unfolded.

    A context manager: closing it removes what had to be unpacked or copied, after which not all files can be read.

    Attributes:
        path: of the folder or archive.
        files: in natural order (``a2`` before ``a10``), without what file managers leave behind.
        remarks: what was left out and why; a sentence each.

    Example:
        >>> with Source.open("BUSI.zip") as source:  # doctest: +SKIP
        ...     masks = source.select("benign/*_mask*.png")
    """

    def __init__(self, path: Path, files: list[SourceFile], remarks: list[str], scratch: Scratch) -> None:
        self.path = path
        ordered = sorted(files, key=lambda file: natural_key(file.path))
        self.files = tuple(replace(file, scratch=scratch.folder) for file in ordered)
        self.remarks = remarks
        self._scratch = scratch

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, scratch: str | os.PathLike[str] | None = None) -> Source:
        """List a distribution. Packed tar archives and archives packed in others are unpacked to scratch, once.

        Args:
            path: a folder, or an archive (zip, tar, rar; for one of several parts, any of them).
            scratch: the folder to unpack and copy in; the system's temporary folder by default.

        Raises:
            InputError: there is nothing, or an archive is damaged, encrypted, not whole or of no known kind.
            MissingExtraError: a rar archive is there, and rarfile is not installed.
        """
        root = Path(path).expanduser().absolute()
        space = Scratch(None if scratch is None else Path(scratch).absolute())
        unfolding = Unfolding(space)
        # One that is held open may have been replaced since, under the same name.
        _close_archives()
        try:
            if root.is_dir():
                members = Members(root.name)
                list_folder(root, members)
                unfolding.remarks.extend(members.remarks)
                files = unfolding.unfold(members.files)
            else:
                files = _archive_files(root, unfolding)
            if not files:
                raise InputError(f"Expected {root} to hold the files of a data set, but it holds none.")
            return cls(root, files, unfolding.remarks, space)
        except BaseException:
            _close_archives()
            space.close()
            raise

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was unpacked or copied, and close the archives."""
        _close_archives()
        self._scratch.close()

    def select(self, pattern: str) -> list[SourceFile]:
        """The files whose paths end like a pattern, in order.

        Args:
            pattern: with ``*`` and ``?`` within a name, ``**`` for any number of folders, ``{a,b}`` for either.
                ``"images/*.png"`` means ``"BUSI/images/1.png"`` too, and no file of a folder ``"more_images"``.

        Raises:
            InputError: the braces of the pattern do not match.
        """
        expression = compiled(pattern)
        return [file for file in self.files if expression.fullmatch(file.path)]

    def find(self, pattern: str) -> SourceFile:
        """The one file whose path ends like a pattern (see :meth:`select`).

        Raises:
            InputError: there is none, or there are several.
        """
        found = self.select(pattern)
        if len(found) == 1:
            return found[0]
        if found:
            shown = ", ".join(file.path for file in found[:_MOST_NAMED]) + (", …" if len(found) > _MOST_NAMED else "")
            raise InputError(f"Expected one file {pattern} in {self.path}, but found {len(found):,}: {shown}.")
        near = self._near(pattern)
        hint = f" Of a similar name: {', '.join(near)}." if near else ""
        raise InputError(f"Expected one file {pattern} in {self.path}, but found none.{hint} There are:\n{self.tree()}")

    def tree(self, most: int = 25) -> str:
        """The folders, how many files each has, and what they are called; a line each, for messages.

        Args:
            most: lines; further folders are counted in one more.
        """
        return tree_text(self.files, most)

    def _near(self, pattern: str) -> list[str]:
        wanted = pattern.rpartition("/")[2].lower()
        paths = {file.name.lower(): file.path for file in self.files[:_MOST_COMPARED]}
        return [paths[name] for name in get_close_matches(wanted, paths, _MOST_NAMED)]


def _archive_files(path: Path, unfolding: Unfolding) -> list[SourceFile]:
    if not path.exists():
        raise InputError(f"Expected a folder or an archive, but there is nothing at {path}.")
    if not (path.is_file() and is_archive(path.name)) or is_junk(path.name):
        raise InputError(
            f"Expected a folder or an archive (zip, tar, tar.gz, tar.bz2, tar.xz, rar), but got {path}: "
            "unpack it and name the folder."
        )
    # The other parts of an archive lie beside it.
    members = Members(path.parent.name)
    for file in path.parent.iterdir():
        if file == path or (is_archive(file.name) and file.is_file()):
            add_file(file, file.name, members)
    archives, _ = find_archives(members.files)
    # Parts may be shared by two last ones, of which the one that was named is meant.
    chosen = [archive for archive in archives if any(part.name == path.name for part in archive.parts)]
    return unfolding.contents(chosen[0])


def _close_archives() -> None:
    zip_archives.close_archives()
    rar_archives.close_archives()
