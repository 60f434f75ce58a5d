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
    return _with_pixels(path, stamp) if path.suffix.lower() in _HEADERS else stamp


def _with_pixels(path: Path, stamp: Stamp) -> Stamp:
    """The stamp of a header and its pixels; of the header alone where reading it will say what is wrong."""
    try:
        pixels = path.with_name(find_pixels(path).name)
        if pixels == path:
            return stamp
        status = pixels.stat()
    except (ImageError, OSError, ValueError):
        return stamp
    return Stamp(stamp.size + status.st_size, max(stamp.mtime_ns, status.st_mtime_ns))
