"""Any ultrasound file to an :class:`UltrasoundImage`, and the user's words for many files to their paths."""

from __future__ import annotations

import glob
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ultrasam.errors import ImageError, InputError
from ultrasam.imaging.image import Region, UltrasoundImage
from ultrasam.imaging.recognise import HEAD_BYTES, RASTER, VIDEO, VOLUME, kind_of
from ultrasam.types import SpacingXY

#: Endings by which files are picked from a folder. A file that is named itself is recognised by its content.
READABLE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif"}
    | {".dcm", ".dicom"}
    | {".nii", ".nii.gz", ".mha", ".mhd", ".nrrd"}
    | {".avi", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg"}
)
_SUPPORTED = (
    "PNG, JPEG, TIFF, BMP, WebP, GIF, DICOM, NIfTI, MetaImage, NRRD, or a video: AVI, MP4, MOV, MKV, WebM, WMV, MPEG"
)


def read(path: str | os.PathLike[str], *, spacing_mm: SpacingXY | None = None) -> UltrasoundImage:
    """Read any supported file; its kind is recognised from its content, not from its name.

    Example:
        >>> image = read("scan.dcm")  # doctest: +SKIP
        >>> image.shape, image.calibration  # doctest: +SKIP
        ((1, 768, 1024, 3), '0.0789 x 0.0789 mm per pixel (SequenceOfUltrasoundRegions)')

    Args:
        path: a file.
        spacing_mm: ``(x, y)`` millimetres per pixel; replaces what the file says, for the whole image.

    Raises:
        ImageError: the file is missing, empty, damaged, too large or of no supported kind.
        InputError: ``spacing_mm`` is not two positive numbers.
        MissingExtraError: its kind needs an optional package.
    """
    path = Path(path)
    _check_spacing(spacing_mm)
    image = _read_kind(_head(path), path)
    if spacing_mm is None:
        return image
    region = Region.given(image.size_hw, spacing_mm)
    return UltrasoundImage(image.frames, image.source, (region,), image.frame_times_s)


def expand_paths(inputs: Sequence[str]) -> list[Path]:
    """Files, folders and glob patterns to a list of files.

    A folder gives its readable files at any depth, sorted, without hidden ones; a pattern (``*``, ``?``,
    ``[...]``, ``**``) gives the files that match; every other word is a file name, whether the file exists or
    not, so that reading it can say what is wrong with it. A file that is named twice comes once.

    Raises:
        InputError: a pattern matches no file, or a folder holds none that can be read.
    """
    found: dict[Path, Path] = {}
    for text in inputs:
        for path in _expand(text):
            found.setdefault(_identity(path), path)
    return list(found.values())


def _identity(path: Path) -> Path:
    """The same for two ways to one file; what is no proper path (a loop of links) is left for reading to refuse."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def file_kind(path: Path) -> str | None:
    """What kind of file it is, see :func:`ultrasam.imaging.recognise.kind_of`.

    Raises:
        ImageError: the file is missing, a folder, empty or cannot be opened.
    """
    return kind_of(_head(path))


def _check_spacing(spacing_mm: SpacingXY | None) -> None:
    if spacing_mm is None:
        return
    if len(spacing_mm) != 2 or not all(math.isfinite(s) and s > 0 for s in spacing_mm):
        raise InputError(f"Expected spacing_mm as two positive numbers (x, y) in mm per pixel, but got {spacing_mm}.")


def _head(path: Path) -> bytes:
    try:
        # Asked before, as opening a pipe would wait for somebody to write into it.
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "a pipe, a socket or a device"
            raise ImageError(f"Expected an image file at {path}, but it is {kind}.")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise ImageError(f"Expected an image file at {path}, but there is no such file.") from error
    except ImageError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise ImageError(f"Expected a readable image file at {path}, but it cannot be opened: {error}") from error
    if not head:
        raise ImageError(f"Expected an image file at {path}, but it is empty (0 bytes).")
    return head


def _read_kind(head: bytes, path: Path) -> UltrasoundImage:
    """Import only the reader of this kind: each brings a large library."""
    kind = kind_of(head)
    if kind in RASTER:
        from ultrasam.imaging.raster import read_raster

        return read_raster(path)
    if kind in VOLUME:
        from ultrasam.imaging.volumes import read_volume

        return read_volume(path, kind)
    if kind in VIDEO:
        from ultrasam.imaging.video import read_video

        return read_video(path, kind)
    from ultrasam.imaging.dicom import is_dicom, read_dicom

    if kind == "DICOM" or is_dicom(path):
        return read_dicom(path)
    raise ImageError(f"Expected an image ({_SUPPORTED}), but {path} is {_described(head)}.")


def _described(head: bytes) -> str:
    if head[:4] == b"PK\x03\x04":
        return "a ZIP archive: unpack it first"
    if head[:2] == b"\x1f\x8b":
        return "compressed by gzip and holds no NIfTI image: unpack it first"
    if head[:5] == b"%PDF-":
        return "a PDF document"
    try:
        head.rstrip(b"\x80\xbf\xc0\xe0\xf0").decode()
    except UnicodeDecodeError:
        return "of an unknown kind"
    return "of an unknown kind" if b"\x00" in head else "a text file"


def _expand(text: str) -> list[Path]:
    path = Path(text).expanduser()
    try:
        is_folder, is_there = path.is_dir(), path.exists()
    except OSError:  # no name that a file could have
        return [path]
    if is_folder:
        files = sorted(_readable_files(path))
        if not files:
            raise InputError(f"Expected images in the folder {text}, but it holds no file that can be read.")
        return files
    if is_there or not glob.has_magic(text):
        return [path]
    # Path.glob takes no absolute pattern.
    matches = [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
    files = [match for match in matches if match.is_file()]
    if not files:
        raise InputError(f"Expected files that match the pattern {text}, but there is none.")
    return files


def _readable_files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file() and looks_readable(path):
                yield path


def looks_readable(path: str | Path) -> bool:
    """Whether a file's name, or for DICOM its first bytes, promise an image."""
    if os.fspath(path).lower().endswith(tuple(READABLE_SUFFIXES)):
        return True
    from ultrasam.imaging.dicom import is_dicom

    return is_dicom(Path(path))
