"""What a fine-tuned model says about test images, beside what is right: one line for the disk per image.

The model is asked as a user asks it, by :meth:`predict`, and its masks are those of the original image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from ultrasam.downstream.data.example import Example
from ultrasam.downstream.metrics.instance import FoundInImage
from ultrasam.downstream.metrics.semantic import overlap_counts
from ultrasam.downstream.targets import Targets
from ultrasam.downstream.testing.found_json import found_to_json
from ultrasam.errors import InputError
from ultrasam.imaging import Frame, mask_to_rle
from ultrasam.inference.automatic import MIN_SCORE, AutomaticSegmenter
from ultrasam.inference.classification import Classification
from ultrasam.inference.classifier import Classifier
from ultrasam.inference.segmentation import Segmentation
from ultrasam.prompting import exact_box
from ultrasam.types import Mask, Prompts

Model: TypeAlias = AutomaticSegmenter | Classifier
#: An image's record without what is the same for all tasks.
Answer: TypeAlias = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Asking:
    """A model and the classes of the examples that it is asked about.

    Attributes:
        model: what answers.
        classes: names in the order of the examples' labels; the model may have another order.

    Raises:
        InputError: model and examples have different classes.
    """

    model: Model
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if set(self.classes) != set(self.model.task.classes):
            raise InputError(
                f"Expected examples of the classes that {self.model.title} was fine-tuned for "
                f"({', '.join(self.model.task.classes)}), but got {', '.join(self.classes)}."
            )

    def answers(self, examples: Sequence[Example], frames: Sequence[Frame]) -> list[Answer]:
        """What belongs into the records of some images.

        Args:
            examples: with their truths.
            frames: their pixels.

        Raises:
            InputError: a mask is damaged.
            WeightsError: the network's numbers are not finite.
        """
        if isinstance(self.model, Classifier):
            if self.model.takes_prompts:
                return [self._about_objects(*pair) for pair in zip(examples, frames, strict=True)]
            said = self.model.predict_batch(frames)
            return [
                {"cases": [{"truth": truth, "answer": _numbers(classification)}]}
                for classification, (truth,) in zip(said, (self._truths(e, 1) for e in examples), strict=True)
            ]
        is_instance = self.model.task.kind == "instance"
        found = self.model.predict_batch(frames, min_score=0.0)
        score = self._instance_answer if is_instance else self._semantic_answer
        return [score(*pair) for pair in zip(examples, found, strict=True)]

    def _about_objects(self, example: Example, frame: Frame) -> Answer:
        """An object is shown by its exact box."""
        objects = self._targets.objects(example)
        if not objects or not isinstance(self.model, Classifier):
            return {"cases": []}
        boxes = [exact_box(instance.mask()) for instance in objects]
        said = self.model.predict_objects(frame, [Prompts(box_xyxy=box) for box in boxes])
        return {
            "cases": [
                {"truth": truth, "answer": _numbers(classification), "box_xyxy": [float(side) for side in box]}
                for truth, classification, box in zip(self._truths(example, len(objects)), said, boxes, strict=True)
            ]
        }

    def _truths(self, example: Example, count: int) -> list[list[float]]:
        """For each of ``count`` questions about an image: a regression's values, or the numbers of its classes."""
        task = self.model.task
        places = [self.classes.index(name) for name in task.classes]
        if task.kind == "regression":
            if example.values is None:
                raise InputError(f"Expected the values of {example.name}, but there are none.")
            return [[example.values[place] for place in places]] * count
        if example.labels is None:
            raise InputError(f"Expected the classes of {example.name}, but there are none.")
        targets = self._targets
        found = targets.answers(example, targets.objects(example))
        if found is None:
            return []
        if task.several:
            return [torch.nonzero(row[places])[:, 0].tolist() for row in found.expand(count, -1)]
        return [[places.index(number)] for number in found.tolist()]

    @property
    def _targets(self) -> Targets:
        task = self.model.task
        return Targets(task.kind, self.classes, task.several, is_prompted=task.head.kind == "prompted")

    def _semantic_answer(self, example: Example, found: Sequence[Segmentation]) -> Answer:
        """Where objects overlap, the smaller one counts, as in training."""
        classes = self.model.task.classes
        truths = _truths_by_class(example, classes)
        truth, answer = (np.zeros(example.size_hw, np.int64) for _ in range(2))
        for mask, number in sorted(truths, key=lambda pair: -int(np.count_nonzero(pair[0]))):
            truth[mask] = number + 1
        for segmentation in found:
            answer[segmentation.mask] = classes.index(_category(segmentation)) + 1
        counts = overlap_counts(torch.from_numpy(answer)[None], torch.from_numpy(truth)[None], classes=len(classes))
        present = [(truth == number + 1, number) for number in range(len(classes)) if (truth == number + 1).any()]
        return {
            "truths": [_mask_json(mask, number) for mask, number in present],
            "answers": _answers_json(found, classes),
            "counts": counts[0].tolist(),
        }

    def _instance_answer(self, example: Example, found: Sequence[Segmentation]) -> Answer:
        classes = self.model.task.classes
        truths = _truths_by_class(example, classes)
        by_class = []
        for number, name in enumerate(classes):
            own = [segmentation for segmentation in found if segmentation.category == name]
            by_class.append(
                FoundInImage.of(
                    [segmentation.mask for segmentation in own],
                    [segmentation.score for segmentation in own],
                    [mask for mask, category in truths if category == number],
                    min_score=MIN_SCORE,
                )
            )
        return {
            "truths": [_mask_json(mask, number) for mask, number in truths],
            "answers": _answers_json(found, classes),
            "found": [found_to_json(entry) for entry in by_class],
        }


def _numbers(classification: Classification) -> list[float]:
    values: npt.NDArray[np.float64] = (
        classification.values if classification.is_regression else classification.probabilities
    )
    return [float(value) for value in values]


def _truths_by_class(example: Example, classes: Sequence[str]) -> list[tuple[Mask, int]]:
    """Objects of other classes are none here, as in training."""
    wanted = [instance for instance in example.instances if instance.category in classes]
    return [(instance.mask(), classes.index(instance.category)) for instance in wanted]


def _category(segmentation: Segmentation) -> str:
    return segmentation.category or ""


def _answers_json(found: Sequence[Segmentation], classes: Sequence[str]) -> list[dict[str, Any]]:
    return [{**_mask_json(s.mask, classes.index(_category(s))), "score": s.score} for s in found]


def _mask_json(mask: Mask, number: int) -> dict[str, Any]:
    return {"class": number, "mask": mask_to_rle(mask)["counts"]}
