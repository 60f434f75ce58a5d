"""Images: the list, and all about one."""

from __future__ import annotations

from ultrasam.server.schemas.base import Wire
from ultrasam.server.schemas.items import Item, State


class ImageSummary(Wire):
    """An image in the list.

    Attributes:
        id: its identifier.
        name: its path inside the folder, or the name of an upload.
        state: how far its annotation has come.
        objects: number of its objects, on all frames.
        is_upload: whether it was uploaded; else it lies in the folder.
        is_missing: whether its file was not there when the folder was last looked through.
        revision: of its annotation.
    """

    id: str
    name: str
    state: State
    objects: int
    is_upload: bool
    is_missing: bool
    revision: int


class ImageList(Wire):
    """A part of the list of images.

    Attributes:
        total: how many fit the search.
        counts: how many there are of each state, whatever was searched for.
        images: this part, in natural order of names.
    """

    total: int
    counts: dict[State, int]
    images: list[ImageSummary]


class Region(Wire):
    """A part of the picture with a scale of its own.

    Attributes:
        box_xyxy: where it lies, in pixels.
        spacing_mm: ``(x, y)`` mm per pixel; null where it is not calibrated.
        kind: what it shows: tissue, doppler, unknown …
    """

    box_xyxy: tuple[float, float, float, float]
    spacing_mm: tuple[float, float] | None
    kind: str


class BurnedIn(Wire):
    """Whether text may be burned into the pixels.

    Attributes:
        warn: whether to warn.
        reason: what the file says.
    """

    warn: bool
    reason: str


class ImageDetail(ImageSummary):
    """All about one image.

    Attributes:
        format: kind of file.
        frames: number of frames (slices of a volume).
        size_hw: ``(height, width)`` in pixels.
        is_colour: whether it has colour.
        calibration: where the scale comes from, or why there is none.
        regions: parts with scales of their own.
        frame_times_s: when each frame was taken, in seconds from the first; null where it is not known.
        details: what else the file says.
        burned_in: whether text may be burned into the pixels.
        items: its annotation.
        changed_on_disk: whether the file is another than when it was first annotated.
        file: the state of its file, as in an answer about the lease.
    """

    format: str
    frames: int
    size_hw: tuple[int, int]
    is_colour: bool
    calibration: str
    regions: list[Region]
    frame_times_s: list[float] | None
    details: dict[str, str]
    burned_in: BurnedIn
    items: list[Item]
    changed_on_disk: bool
    file: str


class Rescan(Wire):
    """What looking through the folder again found.

    Attributes:
        added: number of new images.
        moved: number of images whose files were renamed or moved, with annotations that went along.
        missing: number of images whose files are not there.
        total: number of all images.
    """

    added: int
    moved: int
    missing: int
    total: int
