"""What each protocol asks about an annotated object: one prompt, or, in rounds, one after each answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ultrasam.inference import Segmentation
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
from ultrasam.types import Mask, Prompts

#: How often the decoder runs for an answer: as the weights were meant, once, or with the first mask given back.
Passes: TypeAlias = Literal["own", "one-pass", "refined"]
_REFINE: dict[Passes, bool | None] = {"own": None, "one-pass": False, "refined": True}
_PASSES_IN_WORDS: dict[Passes, str] = {
    "own": "",
    "one-pass": ", one pass of the decoder",
    "refined": ", refined by a second pass with the first mask",
}


@dataclass(frozen=True)
class Protocol(ABC):
    """A rule that makes prompts from the true mask.

    Attributes:
        passes: how often the decoder runs for an answer.
    """

    passes: Passes = "own"

    @property
    def name(self) -> str:
        """What the user types, and what stands in the results: it determines the protocol."""
        return self.short_name + ("" if self.passes == "own" else f"@{self.passes}")

    @property
    def title(self) -> str:
        """What is asked, in words."""
        return self.words + _PASSES_IN_WORDS[self.passes]

    @property
    def refine(self) -> bool | None:
        """The argument of :meth:`Session.segment` that gives these passes."""
        return _REFINE[self.passes]

    @property
    def rounds(self) -> int:
        """How many answers are asked for; each is scored."""
        return 1

    @property
    def brings_masks(self) -> bool:
        """Whether its prompts have masks, so that each has one pass of the decoder."""
        return False

    @property
    @abstractmethod
    def short_name(self) -> str:
        """The name without the passes."""

    @property
    @abstractmethod
    def words(self) -> str:
        """The title without the passes."""

    @abstractmethod
    def prompt(self, truth: Mask, rng: np.random.Generator, former: Segmentation | None) -> Prompts | None:
        """The next prompt.

        Args:
            truth: ``(H, W)`` bool, not empty.
            rng: this object's own randomness, the same in every run with the same seed.
            former: the answer of the round before; None in the first round.

        Returns:
            The prompt; None where the former answer needs no correction.
        """


@dataclass(frozen=True)
class Point(Protocol):
    """One click inside."""

    where: Literal["centre", "interior"] = "interior"

    @property
    def short_name(self) -> str:
        return f"point-{self.where}"

    @property
    def words(self) -> str:
        if self.where == "centre":
            return "one point at the centre of mass"
        return "one point, the farthest from the outline"

    def prompt(self, truth: Mask, rng: np.random.Generator, former: Segmentation | None) -> Prompts:
        return Prompts(points_xy=[_point(truth, self.where)])


@dataclass(frozen=True)
class RandomPoints(Protocol):
    """Several clicks anywhere inside."""

    count: int = 1

    @property
    def short_name(self) -> str:
        return f"points-{self.count}"

    @property
    def words(self) -> str:
        return "a random point inside" if self.count == 1 else f"{self.count} random points inside"

    def prompt(self, truth: Mask, rng: np.random.Generator, former: Segmentation | None) -> Prompts:
        return Prompts(points_xy=random_interior_points(truth, self.count, rng))


@dataclass(frozen=True)
class Box(Protocol):
    """The tight box, exact or disturbed.

    Attributes:
        disturbance: how it is wrong.
        percent: by how much, of the box's side; of a scaled box its side itself.
    """

    disturbance: Literal["exact", "jitter", "shift", "scale"] = "exact"
    percent: int = 0

    @property
    def short_name(self) -> str:
        return "box" if self.disturbance == "exact" else f"box-{self.disturbance}-{self.percent}"

    @property
    def words(self) -> str:
        return {
            "exact": "the exact box",
            "jitter": f"box, each side moved at random by up to {self.percent} %",
            "shift": f"box shifted by {self.percent} % of its width and height",
            "scale": f"box scaled to {self.percent} %",
        }[self.disturbance]

    def prompt(self, truth: Mask, rng: np.random.Generator, former: Segmentation | None) -> Prompts:
        box, fraction, size_hw = exact_box(truth), self.percent / 100, (truth.shape[0], truth.shape[1])
        if self.disturbance == "jitter":
            box = jittered_box(box, fraction, size_hw, rng)
        elif self.disturbance == "shift":
            box = shifted_box(box, fraction, size_hw, rng)
        elif self.disturbance == "scale":
            box = scaled_box(box, fraction, size_hw)
        return Prompts(box_xyxy=box)


@dataclass(frozen=True)
class PointAndBox(Protocol):
    """A click together with the exact box."""

    where: Literal["centre", "interior"] = "interior"

    @property
    def short_name(self) -> str:
        return "point-box" if self.where == "interior" else "point-centre-box"

    @property
    def words(self) -> str:
        return f"{Point(where=self.where).words}, with the exact box"

    def prompt(self, truth: Mask, rng: np.random.Generator, former: Segmentation | None) -> Prompts:
        return Prompts(points_xy=[_point(truth, self.where)], box_xyxy=exact_box(truth))


@dataclass(frozen=True)
class MaskPrompt(Protocol):
    """A rough mask, such as a former outline: the true one, eroded or dilated.

    Attributes:
        change: which of the two.
        percent: by how much, of the radius of a disc as large as the structure.
    """

    change: Literal["eroded", "dilated"] = "eroded"
    percent: int = 20

    @property
    def brings_masks(self) -> bool:
        return True

    @property
    def short_name(self) -> str:
        return f"mask-{self.change}-{self.percent}"

    @property
    def words(self) -> str:
        return f"the mask {self.change} by {self.percent} % of its radius"

    def prompt(self, truth: Mask, rng: np.random.Generator, former: Segmentation | None) -> Prompts:
        change = eroded if self.change == "eroded" else dilated
        return Prompts(mask=change(truth, self.percent / 100))


@dataclass(frozen=True)
class Clicks(Protocol):
    """A user who corrects: each click is put into the largest region that is still wrong.

    The first click is inside the structure; each later one comes with all clicks before it and with the logits of
    the former answer as mask prompt (Kirillov et al. 2023, section 3; Sofiiuk et al. 2022, RITM).
    """

    count: int = 5

    @property
    def brings_masks(self) -> bool:
        return True

    @property
    def short_name(self) -> str:
        return f"clicks-{self.count}"

    @property
    def words(self) -> str:
        return f"up to {self.count} clicks, each at the inmost point of the largest error"

    @property
    def rounds(self) -> int:
        return self.count

    def prompt(self, truth: Mask, rng: np.random.Generator, former: Segmentation | None) -> Prompts | None:
        click = corrective_click(truth, np.zeros_like(truth) if former is None else former.mask)
        if click is None:
            return None
        if former is None or former.prompts is None:
            return Prompts(points_xy=[(click.x, click.y)], mask=None if former is None else former.logits)
        points = [*former.prompts.points_xy.tolist(), (click.x, click.y)]
        labels = [*former.prompts.labels.tolist(), int(click.inside)]
        return Prompts(points_xy=points, labels=labels, mask=former.logits)


def _point(truth: Mask, where: Literal["centre", "interior"]) -> tuple[float, float]:
    return centre_point(truth) if where == "centre" else interior_point(truth)
