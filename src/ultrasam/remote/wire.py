"""What is asked and answered about one encoded image, as JSON: plain dicts, for the client and the server alike.

Numbers, masks and logits come out as they went in, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ultrasam.errors import InputError, PromptError
from ultrasam.imaging import Frame
from ultrasam.inference.segmentation import Segmentation
from ultrasam.remote.masks_json import logits_from_json, logits_to_json, mask_from_json, mask_to_json
from ultrasam.types import Prompts

#: Objects that a server decodes before it turns to the next client; a multiple of how many a decoder takes at once,
#: so that each object has the neighbours that it would have in one call.
OBJECTS_AT_ONCE = 16
#: Most objects of one request.
MAX_OBJECTS = 4 * OBJECTS_AT_ONCE
#: Most points of one object: the memory that a decoder takes grows with their square.
MAX_POINTS = 1000

#: One answer, and the three proposals in the network's order where they were asked for.
Answer = tuple[Segmentation, Sequence[Segmentation] | None]


@dataclass(frozen=True, eq=False)
class Question:
    """What one request asks.

    Attributes:
        prompts: one per object.
        multimask: as in :meth:`Session.segment`.
        refine: as in :meth:`Session.segment`.
        candidates: whether the three proposals are wanted, too.
        logits: whether low-resolution logits are wanted.
    """

    prompts: tuple[Prompts, ...]
    multimask: bool | None = None
    refine: bool | None = None
    candidates: bool = False
    logits: bool = False

    def to_json(self) -> dict[str, Any]:
        """A ``SegmentRequest``."""
        return {
            "objects": [_prompts_to_json(prompts) for prompts in self.prompts],
            "multimask": self.multimask,
            "refine": self.refine,
            "candidates": self.candidates,
            "logits": self.logits,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any], size_hw: tuple[int, int]) -> Question:
        """What a ``SegmentRequest`` about an image of ``size_hw`` asks.

        Raises:
            PromptError: a prompt makes no sense, or lies outside the image.
            InputError: too many objects, or no request.
        """
        objects = value.get("objects")
        if not isinstance(objects, list) or len(objects) > MAX_OBJECTS:
            raise InputError(f"Expected a list of at most {MAX_OBJECTS} objects in one request: send more requests.")
        prompts = tuple(_prompts_from_json(one, size_hw) for one in objects)
        flags = {name: bool(value.get(name)) for name in ("candidates", "logits")}
        return cls(prompts, value.get("multimask"), value.get("refine"), **flags)


def answers_to_json(answers: Iterable[Answer], *, logits: bool) -> dict[str, Any]:
    """A ``SegmentAnswer``; with logits where they are wanted."""
    return {
        "results": [
            {
                **_found_to_json(best, logits),
                "candidates": None if three is None else [_found_to_json(one, logits) for one in three],
            }
            for best, three in answers
        ]
    }


def answers_from_json(value: dict[str, Any], prompts: Sequence[Prompts], frame: Frame) -> list[Answer]:
    """The segmentations of a ``SegmentAnswer`` that has logits.

    Args:
        value: the answer.
        prompts: what was asked, one per object.
        frame: the image.

    Raises:
        KeyError, TypeError, ValueError: it is no such answer.
    """
    answers: list[Answer] = []
    for result, asked in zip(value["results"], prompts, strict=True):
        three = result["candidates"]
        answers.append(
            (
                _found_from_json(result, asked, frame),
                None if three is None else [_found_from_json(one, asked, frame) for one in three],
            )
        )
    return answers


def _prompts_to_json(prompts: Prompts) -> dict[str, Any]:
    pairs = zip(prompts.points_xy.tolist(), prompts.labels.tolist(), strict=True)
    mask: dict[str, Any] | None = None
    if prompts.mask is not None:
        is_mask = prompts.mask.dtype == bool
        mask = mask_to_json(prompts.mask.astype(bool)) if is_mask else logits_to_json(prompts.mask.astype("float32"))
    return {
        "points": [{"x": x, "y": y, "label": label} for (x, y), label in pairs],
        "boxXyxy": None if prompts.box_xyxy is None else list(prompts.box_xyxy),
        "mask": mask,
    }


def _prompts_from_json(value: Any, size_hw: tuple[int, int]) -> Prompts:
    try:
        points = value.get("points") or []
        if len(points) > MAX_POINTS:
            raise PromptError(f"Expected at most {MAX_POINTS} points for one object, but got {len(points)}.")
        points_xy = [(point["x"], point["y"]) for point in points]
        labels = [point["label"] for point in points]
        box, mask = value.get("boxXyxy"), value.get("mask")
        is_logits = mask is not None and "float32" in mask
    except (AttributeError, KeyError, TypeError) as error:
        raise PromptError("Expected an object with points (x, y, label), boxXyxy and mask, but got another.") from error
    start = None
    if mask is not None:
        start = logits_from_json(mask) if is_logits else mask_from_json(mask, size_hw)
    return Prompts(points_xy=points_xy, labels=labels, box_xyxy=box, mask=start).check_inside(size_hw)


def _found_to_json(found: Segmentation, logits: bool) -> dict[str, Any]:
    return {
        "mask": mask_to_json(found.mask),
        "score": found.score,
        "logits": logits_to_json(found.logits) if logits else None,
    }


def _found_from_json(value: dict[str, Any], prompts: Prompts, frame: Frame) -> Segmentation:
    mask = mask_from_json(value["mask"], frame.size_hw)
    return Segmentation(mask, float(value["score"]), logits_from_json(value["logits"]), prompts, frame)
