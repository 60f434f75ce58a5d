"""From what is known about an image to the right answers of the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ultrasam.corpus import Instance
from ultrasam.downstream.batch import IGNORED
from ultrasam.downstream.data.example import Example
from ultrasam.errors import InputError
from ultrasam.inference.coordinates import LOGIT_STRIDE, ModelFrame
from ultrasam.modeling.heads.config import TaskKind
from ultrasam.training.cover import cover, inside_image
from ultrasam.types import Mask

#: Pixels of the model's frame per pixel of a class map: finer than the answers, so that their interpolation learns.
MAP_STRIDE = 2


@dataclass(frozen=True)
class Targets:
    """Right answers in the network's terms.

    Attributes:
        task: what is asked.
        classes: names of the classes, or of the values.
        several: whether an image may have any number of classes.
        means: of a regression's values.
        scales: of a regression's values.
        is_prompted: whether objects are asked about, not images.
    """

    task: TaskKind
    classes: tuple[str, ...]
    several: bool = False
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    is_prompted: bool = False

    @classmethod
    def of(
        cls, task: TaskKind, classes: Sequence[str], train: Sequence[Example], *, several: bool, is_prompted: bool
    ) -> Targets:
        """For some training examples, whose values give a regression's scale.

        Raises:
            InputError: there are more classes than a class map can hold.
        """
        if task == "semantic" and len(classes) >= IGNORED:
            raise InputError(f"Expected at most {IGNORED - 1} classes of pixels, but got {len(classes)}.")
        if task != "regression":
            return cls(task, tuple(classes), several, is_prompted=is_prompted)
        values = np.array([example.values for example in train], np.float64)
        spread = values.std(axis=0)
        scales = np.where(spread > 0, spread, 1.0)
        means = values.mean(axis=0)
        return cls(task, tuple(classes), False, tuple(means.tolist()), tuple(scales.tolist()), is_prompted)

    def objects(self, example: Example) -> tuple[Instance, ...]:
        """The objects of an image that are of one of the classes."""
        if self.task == "regression":
            return example.instances
        if self.task == "classification":
            # Where its objects have no class of their own, they are of the image's.
            return example.instances if example.labels is not None else ()
        return tuple(instance for instance in example.instances if instance.category in self.classes)

    def answers(self, example: Example, objects: Sequence[Instance]) -> Tensor | None:
        """What is right about an image's objects, or about the image; see ``HeadItem.answers``."""
        if self.task == "semantic":
            return None
        if self.task == "instance":
            return torch.tensor([self.classes.index(instance.category) for instance in objects], dtype=torch.int64)
        count = len(objects) if self.is_prompted else 1
        if self.task == "regression":
            scaled = (np.array(example.values) - self.means) / np.array(self.scales)
            return torch.tensor(scaled, dtype=torch.float32).expand(count, -1)
        labels = example.labels or ()
        asked = [self._classes_of(instance, labels) for instance in objects] if self.is_prompted else [labels]
        if not self.several:
            return torch.tensor([numbers[0] for numbers in asked], dtype=torch.int64)
        answers = torch.zeros(count, len(self.classes))
        for answer, numbers in zip(answers, asked, strict=True):
            answer[list(numbers)] = 1
        return answers

    def _classes_of(self, instance: Instance, otherwise: tuple[int, ...]) -> tuple[int, ...]:
        return (self.classes.index(instance.category),) if instance.category in self.classes else otherwise


def class_map(masks: Sequence[Mask], classes: Sequence[int], frame: ModelFrame) -> Tensor:
    """The class of each cell: that which covers most of it, or the background.

    Where objects overlap, the smaller one counts: a lesion lies in its organ.

    Args:
        masks: ``(H, W)`` bool each, original size.
        classes: the number of each mask's class, from 0.
        frame: how the image lies in the network's input.

    Returns:
        ``(S/2, S/2)`` uint8: 0 the background, then classes from 1; :data:`~ultrasam.downstream.batch.IGNORED` beyond
        the image.
    """
    size = frame.input_size // MAP_STRIDE
    taken = np.zeros(frame.original_hw, bool)
    covered = torch.zeros(size, size, dtype=torch.int32)
    best = torch.zeros(size, size, dtype=torch.int32)
    found = torch.zeros(size, size, dtype=torch.uint8)
    for index in sorted(range(len(masks)), key=lambda i: int(np.count_nonzero(masks[i]))):
        part = cover(masks[index] & ~taken, frame, MAP_STRIDE).int()
        taken |= masks[index]
        covered += part
        wins = part > best
        best = torch.where(wins, part, best)
        found[wins] = classes[index] + 1
    # What no object covers is the background's.
    found[best < 255 - covered] = 0
    found[~inside_image([frame], None, size)[0, 0]] = IGNORED
    return found


def covers(masks: Sequence[Mask], frame: ModelFrame) -> Tensor:
    """``(M, S/4, S/4)`` uint8 cover of M masks ``(H, W)`` bool of the original image."""
    if not len(masks):
        return torch.zeros(0, frame.logits_size, frame.logits_size, dtype=torch.uint8)
    return torch.stack([cover(mask, frame, LOGIT_STRIDE) for mask in masks])
