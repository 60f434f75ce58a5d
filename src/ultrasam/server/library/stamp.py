"""What tells one state of a file from another without reading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ultrasam.errors import ImageError
from ultrasam.imaging.itk_header import find_pixels
from ultrasam.server.refusals import Gone

#: Headers whose pixels may be in a file beside them.
_HEADERS = (".mhd", ".nhdr")


@dataclass(frozen=True)
class Stamp:
    """A file's state: another stamp, other pixels.

    Attributes:
        size: bytes, with those of the file that holds its pixels, where that is another one.
        mtime_ns: when it was last written, in nanoseconds; the later one of both files.
    """

    size: int
    mtime_ns: int

    def __str__(self) -> str:
        """As entity tags and the page have it."""
        return f"{self.size:x}-{self.mtime_ns:x}"


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file as it is now.

    Raises:
        Gone: there is no such file any more.
        ImageError: the system does not let us look at it.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Gone(
            f"Expected the image {path.name}, but its file is gone: put it back, or look for changes in the folder."
        ) from error
    except OSError as error:
        raise ImageError(f"Expected a readable image, but {path.name} cannot be read: {error.strerror}.") from error
    stamp = Stamp(status.st_size, status.st_mtime_ns)
    pixels = pixels_beside(path)
    if pixels is None:
        return stamp
    try:
        status = pixels.stat()
    except OSError:  # it went away just now
        return stamp
    return Stamp(stamp.size + status.st_size, max(stamp.mtime_ns, status.st_mtime_ns))


def pixels_beside(path: Path) -> Path | None:
    """The other file that holds the pixels of a header; None where there is none, or reading will say what is wrong."""
    if path.suffix.lower() not in _HEADERS:
        return None
    try:
        pixels = path.with_name(find_pixels(path).name)
        return pixels if pixels != path and pixels.is_file() else None
    except (ImageError, OSError, ValueError):
        return None
