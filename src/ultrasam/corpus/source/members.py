"""What a folder or an archive holds: the files that count, and why others do not."""

from __future__ import annotations

from collections import defaultdict

from ultrasam.corpus.source.file import SourceFile
from ultrasam.corpus.source.places import Place

#: What file managers, version control and downloads leave behind.
_JUNK = {"__macosx", ".ds_store", "thumbs.db", "desktop.ini", ".git", ".lock"}
#: Names that are said in one remark.
_MOST_NAMES = 3


def is_junk(name: str) -> bool:
    """Whether a file or folder of this name is no part of a data set."""
    return name.lower() in _JUNK or name.startswith("._")


class Members:
    """The files of one folder or archive, while it is listed.

    Args:
        origin: the folder's or archive's name, for remarks.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._files: dict[str, SourceFile] = {}
        self._remarks: list[str] = []
        self._left_out: defaultdict[str, list[str]] = defaultdict(list)

    @property
    def files(self) -> list[SourceFile]:
        """In the order in which they were added."""
        return list(self._files.values())

    @property
    def remarks(self) -> list[str]:
        """Those that were made, and one for each reason to leave files out."""
        remarks = [f"{self.origin}: {text}" for text in self._remarks]
        for reason, paths in self._left_out.items():
            shown = ", ".join(paths[:_MOST_NAMES]) + (", …" if len(paths) > _MOST_NAMES else "")
            remarks.append(f"{self.origin}: {len(paths):,} left out, {reason}: {shown}")
        return remarks

    def add(self, path: str, size: int, stamp: str, place: Place) -> None:
        """Add a file, unless it is junk or its path leads out of the archive."""
        path = _as_text(path)
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if ".." in parts or not parts:
            self.leave_out(path, "with a path that leads out of the archive")
        elif not any(map(is_junk, parts)):
            path = "/".join(parts)
            if path in self._files:
                # Whoever unpacks the archive is left with the last one.
                self.leave_out(path, "as a later file has the same path")
            self._files[path] = SourceFile(path, size, stamp, place)

    def remark(self, text: str) -> None:
        """Remember something about the whole; the text continues "archive.tar: …"."""
        self._remarks.append(text)

    def leave_out(self, path: str, reason: str) -> None:
        """Remember that a file is left out; the reason continues "2 left out, …"."""
        self._left_out[reason].append(_as_text(path))


def _as_text(path: str) -> str:
    """A path that can be written and printed: bytes of a name that are no UTF-8 become escapes such as udcb2."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")
