"""What a simulated user says first, and how the conversation goes on: mixtures of prompts for training."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, TypeVar

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor
from typing_extensions import Self

from ultrasam.inference.coordinates import LOGIT_STRIDE
from ultrasam.modeling.prompts import PromptLabel, PromptTokens
from ultrasam.prompting import (
    centre_point,
    corrective_click,
    dilated,
    eroded,
    exact_box,
    interior_point,
    jittered_box,
    random_interior_points,
    scaled_box,
    shifted_box,
)
from ultrasam.training.augmentation.ranges import Range, within
from ultrasam.training.settings import Settings
from ultrasam.types import BoxXYXY, Mask, Prompts

FirstKind: TypeAlias = Literal[
    "random_point",
    "centre_point",
    "interior_point",
    "box",
    "jittered_box",
    "shifted_box",
    "scaled_box",
    "point_and_box",
    "point_and_jittered_box",
    "rough_mask",
]
NextKind: TypeAlias = Literal["click_and_mask", "click", "mask"]
Weight: TypeAlias = Annotated[float, Field(ge=0)]
_Kind = TypeVar("_Kind", bound=str)


class PromptSettings(Settings):
    """What each object is asked, drawn anew every time that it is seen.

    Attributes:
        first: how often each kind of first prompt comes, in any unit. Points are pixels of the mask (at random, the
            centre of mass, the pixel farthest from the outline); boxes are exact or wrong; ``rough_mask`` is the
            true mask eroded or dilated, with its own box.
        jitter: each side of a jittered box moves by up to a share of the box's extent that is drawn from this range.
        shift: a shifted box moves by a share of its extent, in x and in y, that is drawn from this range.
        scale: a scaled box has this many times the extent.
        roughness: erosion or dilation of a rough mask, in radii of a disc of the structure's area.
        rounds: how many answers each object gets; the loss is that of all of them.
        next: how often each kind of later prompt comes: a corrective click together with the answer before as mask
            prompt, the click alone, or the mask alone (the published recipe's second pass). Earlier points and boxes
            stay; where nothing is left to correct, there is no click.
    """

    first: dict[FirstKind, Weight] = Field(
        {
            "random_point": 0.2,
            "interior_point": 0.15,
            "centre_point": 0.1,
            "box": 0.1,
            "jittered_box": 0.2,
            "shifted_box": 0.1,
            "scaled_box": 0.05,
            "point_and_box": 0.05,
            "point_and_jittered_box": 0.05,
        }
    )
    jitter: Annotated[Range, within(0, 0.5)] = (0.0, 0.2)
    shift: Annotated[Range, within(0, 1)] = (0.0, 0.2)
    scale: Annotated[Range, within(0.1, 10)] = (0.8, 1.3)
    roughness: Annotated[Range, within(0.01, 1)] = (0.1, 0.4)
    rounds: int = Field(2, ge=1, le=20)
    next: dict[NextKind, Weight] = Field({"click_and_mask": 0.7, "click": 0.1, "mask": 0.2})

    @model_validator(mode="after")
    def _some_kind_is_asked(self) -> Self:
        for name, weights in (("first", self.first), ("next", self.next)):
            if not sum(weights.values()) > 0:
                raise ValueError(f"Expected a kind with a weight above 0 in {name}, but got none.")
        return self


def first_prompt(mask: Mask, settings: PromptSettings, rng: np.random.Generator) -> Prompts:
    """What the simulated user says first about an object.

    Args:
        mask: ``(H, W)`` bool, not empty.
        settings: the mixture.
        rng: where the randomness comes from.
    """
    return prompt_of_kind(_at(rng.random(), settings.first), mask, settings, rng)


def prompt_of_kind(kind: FirstKind, mask: Mask, settings: PromptSettings, rng: np.random.Generator) -> Prompts:
    """A first prompt of one kind; see :class:`PromptSettings`."""
    if kind == "rough_mask":
        change = eroded if rng.random() < 0.5 else dilated
        return Prompts(mask=change(mask, rng.uniform(*settings.roughness)))
    if kind == "centre_point":
        return Prompts(points_xy=[_inside(centre_point(mask), mask)])
    if kind == "interior_point":
        return Prompts(points_xy=[interior_point(mask)])
    point = random_interior_points(mask, 1, rng)
    if kind == "random_point":
        return Prompts(points_xy=point)
    box = _box(kind, mask, settings, rng)
    return Prompts(points_xy=point if kind.startswith("point_and") else None, box_xyxy=box)


def next_prompts(
    prompts: PromptTokens,
    logits: Tensor,
    truths: Tensor,
    settings: PromptSettings,
    draws: Tensor,
    inside: Tensor | None = None,
) -> PromptTokens:
    """What the user says about N objects after an answer.

    Clicks are put into the low-resolution answer, four pixels of the model's frame to a cell: there they cost a
    millisecond, and what is smaller than a cell is no error worth a click.

    Args:
        prompts: what has been said so far.
        logits: ``(N, S/4, S/4)`` low-resolution logits of the answer.
        truths: ``(N, S/4, S/4)`` cover of the true masks, 0 to 1.
        settings: the mixture.
        draws: ``(N,)`` uniform from 0 to 1, by which each object's kind of prompt is chosen.
        inside: ``(N, 1, S/4, S/4)`` bool, the cells of the image, which alone can be clicked; None: all.

    Returns:
        All points and boxes so far and, where the kind says so, one click more and the answer as mask prompt.
    """
    answers = logits.detach().float()
    shown = answers > 0 if inside is None else (answers > 0) & inside[:, 0]
    masks, true_masks = shown.cpu().numpy(), (truths > 0.5).cpu().numpy()
    kinds = [_at(draw, settings.next) for draw in draws.tolist()]
    points = torch.zeros(len(kinds), 1, 2)
    labels = torch.full((len(kinds), 1), PromptLabel.PADDING.value)
    for i, kind in enumerate(kinds):
        click = None if kind == "mask" else corrective_click(true_masks[i], masks[i])
        if click is not None:
            # The centre of the cell, without the half pixel that the prompt encoder adds.
            centre = (np.array([click.x, click.y]) + 0.5) * LOGIT_STRIDE - 0.5
            points[i, 0] = torch.from_numpy(centre)
            labels[i, 0] = PromptLabel.POSITIVE_POINT.value if click.inside else PromptLabel.NEGATIVE_POINT.value
    device = prompts.labels.device
    return PromptTokens(
        points_xy=torch.cat([prompts.points_xy, points.to(device)], 1),
        labels=torch.cat([prompts.labels, labels.to(device)], 1),
        mask_logits=answers[:, None],
        has_mask=torch.tensor([kind != "click" for kind in kinds], device=device),
        image_index=prompts.image_index,
    )


def _at(draw: float, weights: dict[_Kind, float]) -> _Kind:
    """The kind that a uniform draw from 0 to 1 falls on."""
    kinds, bounds = list(weights), np.cumsum(list(weights.values()))
    return kinds[min(int(np.searchsorted(bounds, draw * bounds[-1], side="right")), len(kinds) - 1)]


def _box(kind: FirstKind, mask: Mask, settings: PromptSettings, rng: np.random.Generator) -> BoxXYXY:
    size_hw = mask.shape[0], mask.shape[1]
    box = exact_box(mask)
    if kind.endswith("jittered_box"):
        return jittered_box(box, rng.uniform(*settings.jitter), size_hw, rng)
    if kind == "shifted_box":
        return shifted_box(box, rng.uniform(*settings.shift), size_hw, rng)
    if kind == "scaled_box":
        return scaled_box(box, rng.uniform(*settings.scale), size_hw)
    return box


def _inside(point: tuple[float, float], mask: Mask) -> tuple[float, float]:
    """The point, or where it lies outside the mask (as in a ring) its inmost pixel: no user clicks beside."""
    x, y = round(point[0]), round(point[1])
    return point if mask[y, x] else interior_point(mask)
