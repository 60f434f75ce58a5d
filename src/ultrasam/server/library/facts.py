"""What is known about a file, in a form that a database keeps: asked once, as opening a cine takes its time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ultrasam.imaging.image import Region, UltrasoundImage
from ultrasam.server.library.stamp import Stamp

_TAG = "burned-in annotation"


@dataclass(frozen=True)
class BurnedIn:
    """Whether to look for names and dates in the pixels before an image is shared.

    Attributes:
        warn: whether the user is to be warned.
        reason: what the file says, in a sentence.
    """

    warn: bool
    reason: str


@dataclass(frozen=True)
class FileFacts:
    """What opening a file told.

    Attributes:
        size: bytes of the file.
        mtime_ns: when the file was last written, in nanoseconds.
        format: ``"PNG"``, ``"DICOM"``, …
        frames: number of frames.
        size_hw: height and width in pixels.
        is_colour: whether frames are RGB.
        calibration: in words, or ``"not calibrated"``.
        regions: as :attr:`UltrasoundImage.regions`.
        frame_times_s: seconds of each frame since the first, or None.
        details: technical facts in words; nothing about the patient.
        burned_in: whether text may be burned into the pixels.
    """

    size: int
    mtime_ns: int
    format: str
    frames: int
    size_hw: tuple[int, int]
    is_colour: bool
    calibration: str
    regions: tuple[Region, ...]
    frame_times_s: tuple[float, ...] | None
    details: dict[str, str]
    burned_in: BurnedIn

    @classmethod
    def of(cls, image: UltrasoundImage, stamp: Stamp) -> FileFacts:
        """The facts of an open image; ``stamp`` is the file's, taken before it was opened."""
        return cls(
            stamp.size,
            stamp.mtime_ns,
            image.source.format,
            len(image),
            image.size_hw,
            image.is_colour,
            image.calibration,
            image.regions,
            image.frame_times_s,
            dict(image.source.details),
            burned_in(image.source.format, image.source.details),
        )

    @property
    def stamp(self) -> Stamp:
        """The state of the file that these facts are about."""
        return Stamp(self.size, self.mtime_ns)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> FileFacts | None:
        """The facts that :meth:`to_dict` gave, read from JSON; None for another version's: ask the file again."""
        try:
            times = data["frame_times_s"]
            height, width = data["size_hw"]
            values = data | {
                "size_hw": (height, width),
                "regions": tuple(_region(region) for region in data["regions"]),
                "frame_times_s": None if times is None else tuple(times),
                "burned_in": BurnedIn(**data["burned_in"]),
            }
            return cls(**values)
        except (KeyError, TypeError, ValueError):
            return None


def burned_in(file_format: str, details: dict[str, str]) -> BurnedIn:
    """What a file says about text in its pixels (BurnedInAnnotation, PS3.3 C.7.6.1); only DICOM can say something."""
    if file_format != "DICOM":
        return BurnedIn(False, f"{file_format} files do not say whether text is burned into the pixels.")
    said = details.get(_TAG, "").strip().lower()
    if said == "yes":
        return BurnedIn(
            True,
            "The file says that text which may identify the patient is burned into the pixels: "
            "cut it off or mask it out before you share the image.",
        )
    if said == "no":
        return BurnedIn(False, "The file says that no text which could identify the patient is burned into the pixels.")
    return BurnedIn(
        True,
        "The file does not say whether text is burned into the pixels: look for names and dates before you share "
        "the image.",
    )


def _region(data: dict[str, Any]) -> Region:
    x0, y0, x1, y1 = data["box_xyxy"]
    spacing = data["spacing_mm"]
    return Region(
        (x0, y0, x1, y1),
        None if spacing is None else (spacing[0], spacing[1]),
        data["kind"],
        data["spacing_source"],
    )
