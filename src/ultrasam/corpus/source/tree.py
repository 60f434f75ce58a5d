"""The folders of a data set in a few lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ultrasam.corpus.source.file import SourceFile

#: Files that are named for each folder.
_EXAMPLES = 3


def tree_text(files: Iterable[SourceFile], most: int) -> str:
    """One line for each folder that has files: its path, how many files, and the first ones' names.

    Args:
        files: sorted.
        most: lines; further folders are counted in one more.
    """
    folders: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        folders[file.folder].append(file.name)
    lines = [_line(folder, names) for folder, names in list(folders.items())[:most]]
    if len(folders) > most:
        more = len(folders) - most
        lines.append(f"… and {more:,} more {'folder' if more == 1 else 'folders'}")
    return "\n".join(lines)


def _line(folder: str, names: list[str]) -> str:
    shown = ", ".join(names[:_EXAMPLES]) + (", …" if len(names) > _EXAMPLES else "")
    return f"{folder or '.'}/: {len(names):,} {'file' if len(names) == 1 else 'files'} ({shown})"
