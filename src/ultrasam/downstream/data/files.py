"""Image files of a folder, and their sizes before they are decoded."""

from __future__ import annotations

import os
from pathlib import Path

from ultrasam.corpus.source import SourceFile
from ultrasam.corpus.source.places import OnDisk
from ultrasam.errors import InputError
from ultrasam.imaging import expand_paths, read
from ultrasam.imaging.raster import opened
from ultrasam.imaging.reading import file_kind
from ultrasam.imaging.recognise import RASTER

#: EXIF orientations that turn a picture on its side.
_ORIENTATION_TAG, _ON_ITS_SIDE = 0x0112, range(5, 9)
#: Suffixes that are one, although they have two points.
_DOUBLE_SUFFIX = ".nii.gz"
_OF_MACS = "__MACOSX"


def image_files(folder: Path) -> dict[str, Path]:
    """All files of a folder, at any depth, that can be images, by their ``/``-separated paths in it; sorted.

    Raises:
        InputError: there is none.
    """
    return {path.relative_to(folder).as_posix(): path for path in expand_paths([os.fspath(folder)])}


def holds_images(folder: Path) -> bool:
    """Whether a folder is there and an image lies in it, at any depth."""
    try:
        return folder.is_dir() and bool(image_files(folder))
    except InputError:
        return False


def stem_of(name: str) -> str:
    """A path without its suffix: ``"a/b"`` of ``"a/b.png"`` and of ``"a/b.nii.gz"``."""
    if name.lower().endswith(_DOUBLE_SUFFIX):
        return name[: -len(_DOUBLE_SUFFIX)]
    return name[: len(name) - len(Path(name).suffix)]


def source_file(path: Path) -> SourceFile:
    """A file as the readers of :mod:`ultrasam.corpus.reading` take it."""
    status = path.stat()
    return SourceFile(path.name, status.st_size, f"mtime:{status.st_mtime_ns}", OnDisk(path))


def image_size(path: Path) -> tuple[int, int]:
    """Height and width of an image, of a picture by its header alone.

    Raises:
        ImageError: it cannot be read.
    """
    if file_kind(path) in RASTER:
        with opened(path) as picture:
            width, height = picture.size
            is_turned = picture.getexif().get(_ORIENTATION_TAG) in _ON_ITS_SIDE
        return (width, height) if is_turned else (height, width)
    with read(path) as image:
        return image.size_hw


def inner_folders(folder: Path) -> list[Path]:
    """The folders in a folder, by name, without hidden ones and what a Mac adds to archives."""
    folders = (inner for inner in folder.iterdir() if inner.is_dir() and not inner.name.startswith("."))
    return sorted(inner for inner in folders if inner.name != _OF_MACS)
