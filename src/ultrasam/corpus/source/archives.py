"""Which files are archives, and which are parts of one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ultrasam.corpus.source.file import SourceFile
from ultrasam.errors import InputError

#: Scheme, and the ending of the names by it, with the part's number where it has one. A ``.change2zip`` is the last
#: part of an archive on Kaggle, which does not take archives of several parts as they are.
_ENDINGS = [
    (scheme, re.compile(rf"(?P<stem>.*[^/])\.{ending}", re.IGNORECASE | re.DOTALL))
    for scheme, ending in [
        ("zip cut", r"zip\.(?P<number>\d{3,})"),
        ("zip", r"(?:z(?P<number>\d{2,})|zip|change2zip)"),
        ("rar volumes", r"part(?P<number>\d+)\.rar"),
        ("rar", r"(?:r(?P<number>\d{2})|rar)"),
        ("tar", r"(?:tar|tar\.gz|tgz|tar\.bz2|tbz2?|tar\.xz|txz)"),
    ]
]
#: Number of the first part that has one.
_FIRST = {"zip cut": 1, "zip": 1, "rar volumes": 1, "rar": 0}


@dataclass(frozen=True)
class Archive:
    """An archive with its parts.

    Attributes:
        kind: ``"zip"``, ``"tar"`` or ``"rar"``.
        stem: path without the ending.
        parts: in order.
        missing: which part is not there, in words; empty where none is known to be missing.
    """

    kind: str
    stem: str
    parts: tuple[SourceFile, ...]
    missing: str

    @property
    def name(self) -> str:
        """Of the part that stands for the whole."""
        return self.parts[-1 if self.kind == "zip" else 0].name

    @property
    def folder(self) -> str:
        """In which it lies, with ``/`` at the end, or empty."""
        return "".join(self.stem.rpartition("/")[:2])

    def check_whole(self) -> None:
        """Refuse an archive that is known not to be whole.

        Raises:
            InputError: saying what is missing.
        """
        if self.missing:
            raise InputError(f"Expected all parts of {self.stem} in one folder, but {self.missing} is missing.")


def is_archive(name: str) -> bool:
    """Whether a file of this name is an archive or a part of one."""
    return any(ending.fullmatch(name) for _, ending in _ENDINGS)


def stem_of(name: str) -> str:
    """``"BUSI"`` of ``"BUSI.tar.xz"``, ``"BUSI.zip.001"`` or ``"BUSI.part2.rar"``; other names as they are."""
    return next((match["stem"] for _, ending in _ENDINGS if (match := ending.fullmatch(name))), name)


def find_archives(files: Iterable[SourceFile]) -> tuple[list[Archive], list[SourceFile]]:
    """The archives among files, and the other files."""
    groups: defaultdict[tuple[str, str], list[tuple[int | None, SourceFile]]] = defaultdict(list)
    others = []
    for file in files:
        scheme, match = next(((s, m) for s, e in _ENDINGS if (m := e.fullmatch(file.path))), ("", None))
        if match is None:
            others.append(file)
        else:
            number = match.groupdict().get("number")
            groups[scheme, match["stem"]].append((None if number is None else int(number), file))
    return [archive for (scheme, stem), parts in groups.items() for archive in _grouped(scheme, stem, parts)], others


def _grouped(scheme: str, stem: str, parts: list[tuple[int | None, SourceFile]]) -> Iterator[Archive]:
    """One archive for each part without a number, as there may be ``a.tar`` and ``a.tar.gz``; or that of the others."""
    kind = scheme.split()[0]
    by_number = {number: file for number, file in parts if number is not None}
    numbered = tuple(by_number[number] for number in sorted(by_number))
    missing = [number for number in range(_FIRST.get(scheme, 0), max(by_number, default=0)) if number not in by_number]
    text = f"the one before {by_number[min(n for n in by_number if n > missing[0])].name}" if missing else ""
    mains = [file for number, file in parts if number is None]
    if not mains and scheme in ("zip", "rar"):
        text = f"{stem}.{scheme}"
    if not mains:
        yield Archive(kind, stem, numbered, text)
    for main in mains:
        yield Archive(kind, stem, (*numbered, main) if scheme == "zip" else (main, *numbered), text)
