"""What is drawn in one image, as the exports need it: objects and distances in order, with numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ultrasam.imaging import rle_to_mask
from ultrasam.types import BoxXYXY, Mask, SpacingXY


@dataclass(frozen=True, eq=False)
class Outline:
    """One object in one frame.

    Attributes:
        number: from 1, its place among the objects of its frame.
        track: from 1, the same for one structure over the frames of its image.
        frame: 0-based.
        label_id: of one of the project's labels, or None.
        origin: ``"model"`` or ``"brush"``.
        score: the model's predicted quality, or None.
        rle: the mask as COCO's run lengths; None where the object has prompts only.
    """

    number: int
    track: int
    frame: int
    label_id: str | None
    origin: str
    score: float | None
    rle: Mapping[str, Any] | None

    def mask(self) -> Mask:
        """Decode the mask ``(H, W)``; only where there is one."""
        return rle_to_mask(dict(self.rle or {}))


@dataclass(frozen=True)
class Distance:
    """One ruler: its ends ``(x, y)`` in pixels of the original image."""

    number: int
    frame: int
    from_xy: tuple[float, float]
    to_xy: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Drawn:
    """All of one image.

    Attributes:
        outlines: by frame, then by place.
        distances: by frame, then as they were drawn.
        crop: what of the picture may be shown, in pixels of the original image; None for all of it.
        redactions: what of it may not.
        spacing_mm: ``(x, y)`` mm per pixel that the user gave, or None.
    """

    outlines: tuple[Outline, ...]
    distances: tuple[Distance, ...]
    crop: BoxXYXY | None
    redactions: tuple[BoxXYXY, ...]
    spacing_mm: SpacingXY | None = None

    @classmethod
    def of(cls, items: Iterable[Mapping[str, Any]]) -> Drawn:
        """Sort the items of an image, which have the names that they have as JSON."""
        by_kind: dict[str, list[Mapping[str, Any]]] = {"object": [], "ruler": [], "image": []}
        for item in items:
            by_kind[item["kind"]].append(item)
        image = by_kind["image"][0] if by_kind["image"] else {}
        crop, spacing = image.get("crop"), image.get("spacingMm")
        return cls(
            outlines=_outlines(by_kind["object"]),
            distances=_distances(by_kind["ruler"]),
            crop=None if crop is None else _box(crop),
            redactions=tuple(_box(box) for box in image.get("redactions") or ()),
            spacing_mm=None if spacing is None else (float(spacing[0]), float(spacing[1])),
        )

    @property
    def frames(self) -> list[int]:
        """Frames with objects, in order."""
        return sorted({outline.frame for outline in self.outlines})

    def outlines_of(self, frame: int) -> list[Outline]:
        """The objects of a frame, the lowest first."""
        return [outline for outline in self.outlines if outline.frame == frame]


def _outlines(items: list[Mapping[str, Any]]) -> tuple[Outline, ...]:
    tracks: dict[str, int] = {}
    counts: dict[int, int] = {}
    outlines = []
    for item in sorted(items, key=lambda item: (item["frame"], item["position"], item["id"])):
        frame = item["frame"]
        counts[frame] = counts.get(frame, 0) + 1
        outlines.append(
            Outline(
                number=counts[frame],
                track=tracks.setdefault(item["track"], len(tracks) + 1),
                frame=frame,
                label_id=item["labelId"],
                origin=item["origin"],
                score=item["score"],
                rle=item["mask"],
            )
        )
    return tuple(outlines)


def _distances(items: list[Mapping[str, Any]]) -> tuple[Distance, ...]:
    counts: dict[int, int] = {}
    distances = []
    for item in sorted(items, key=lambda item: item["frame"]):
        frame = item["frame"]
        counts[frame] = counts.get(frame, 0) + 1
        (x1, y1), (x2, y2) = item["from"], item["to"]
        distances.append(Distance(counts[frame], frame, (float(x1), float(y1)), (float(x2), float(y2))))
    return tuple(distances)


def _box(box: Iterable[float]) -> BoxXYXY:
    x1, y1, x2, y2 = (float(side) for side in box)
    return x1, y1, x2, y2
