"""Prompts to masks, on the server."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ultrasam.server.schemas.base import Wire
from ultrasam.server.schemas.items import Point, Rle
from ultrasam.server.schemas.numbers import BoxXYXY

_Side = Annotated[int, Field(ge=1, le=1024)]


class Logits(Wire):
    """Low-resolution logits in the model's frame.

    Attributes:
        shape: ``(h, w)``.
        float32: little endian, row by row, as base64.
    """

    shape: tuple[_Side, _Side]
    float32: Annotated[str, Field(max_length=8 * 2**20)]


class ObjectPrompt(Wire):
    """What is said about one object.

    Attributes:
        points: inside (1) and outside (0) it.
        box_xyxy: around it.
        mask: where to start from: a mask of the image's size, or logits as an answer gave them.
    """

    points: Annotated[tuple[Point, ...], Field(max_length=1000)] = ()
    box_xyxy: BoxXYXY | None = None
    mask: Rle | Logits | None = None


class SegmentRequest(Wire):
    """Prompts of one or more objects.

    Attributes:
        objects: one entry for each.
        multimask: take the best rated of three masks, the single one, or (null) what serves the weights best.
        refine: decode a second time, do not, or (null) what the weights were trained for.
        candidates: whether to answer with the three masks, too.
        logits: whether to answer with logits, too.
    """

    objects: Annotated[list[ObjectPrompt], Field(min_length=1, max_length=64)]
    multimask: bool | None = None
    refine: bool | None = None
    candidates: bool = False
    logits: bool = False


class Candidate(Wire):
    """A mask with the network's own estimate of its IoU.

    Attributes:
        mask: of the image's size.
        score: about 0 to 1.
        logits: where they were asked for.
    """

    mask: Rle
    score: float
    logits: Logits | None = None


class SegmentResult(Candidate):
    """The answer for one object.

    Attributes:
        candidates: the three masks in the network's order, where they were asked for.
    """

    candidates: list[Candidate] | None = None


class SegmentAnswer(Wire):
    """Masks.

    Attributes:
        results: one for each object, in their order.
    """

    results: list[SegmentResult]


class Waiting(Wire):
    """Not yet there: ask again.

    Attributes:
        position: how many jobs are before it.
        seconds: how long it will take, estimated.
    """

    position: int
    seconds: float
