"""How good answers to validation images are, at the network's own resolution: what chooses the best weights."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from ultrasam.downstream.batch import HeadBatch
from ultrasam.downstream.metrics import classification, instance, regression, semantic
from ultrasam.downstream.targets import Targets
from ultrasam.modeling.finetuned import HeadOutput
from ultrasam.training.cover import inside_image

#: Name of the value that chooses the best weights; the higher, the better.
VAL_SCORE = "val/score"
#: Score from which an object that was found is shown, and counts for F1 and Dice.
_MIN_SCORE = 0.5
#: A mask of fewer cells is none.
_MIN_CELLS = 1


class ValidationScore(ABC):
    """Collects the answers of a validation on their device, and makes values of them at its end."""

    def __init__(self) -> None:
        self._parts: list[Any] = []

    def reset(self) -> None:
        """Forget the former validation."""
        self._parts = []

    @abstractmethod
    def add(self, output: HeadOutput, batch: HeadBatch) -> None:
        """Take the answers to a batch."""

    def values(self) -> dict[str, float]:
        """All values by name; of all processes together."""
        parts = _of_all_processes([self._on_host(part) for part in self._parts])
        found = self._measured(parts) if parts else {}
        return {VAL_SCORE: found.pop("score", math.nan), **{f"val/{name}": value for name, value in found.items()}}

    def _on_host(self, part: Any) -> Any:
        return tuple(tensor.cpu().numpy() for tensor in part)

    @abstractmethod
    def _measured(self, parts: Sequence[Any]) -> dict[str, float]:
        """Values by name, and ``score``, which decides."""


def score_of(targets: Targets) -> ValidationScore:
    """The score of a task."""
    if targets.task == "semantic":
        return SemanticScore(len(targets.classes))
    if targets.task == "instance":
        return InstanceScore(len(targets.classes))
    return RegressionScore() if targets.task == "regression" else ClassificationScore()


class ClassificationScore(ValidationScore):
    """The mean of AUROC (each class against the rest, mean over classes) and balanced accuracy."""

    def add(self, output: HeadOutput, batch: HeadBatch) -> None:
        """Take the answers to a batch."""
        if output.class_logits is None or batch.answers is None:
            raise TypeError("Expected classes, but there are none.")
        self._parts.append((output.class_logits.detach().float(), batch.answers))

    def _on_host(self, part: Any) -> Any:
        logits, answers = (tensor.cpu() for tensor in part)
        # Where an image may have several classes, each is a question of its own.
        probabilities = logits.double().sigmoid() if answers.ndim == 2 else logits.double().softmax(1)
        return probabilities.numpy(), answers.numpy()

    def _measured(self, parts: Sequence[Any]) -> dict[str, float]:
        probabilities, answers = (np.concatenate(column) for column in zip(*parts, strict=True))
        values = classification.validation_values(probabilities, answers > 0.5 if answers.ndim == 2 else answers)
        deciding = [values[name] for name in ("auroc", "balanced_accuracy") if not math.isnan(values[name])]
        return {"score": float(np.mean(deciding)) if deciding else math.nan, **values}


class RegressionScore(ValidationScore):
    """The mean absolute error in standard deviations of the training values, with a minus."""

    def add(self, output: HeadOutput, batch: HeadBatch) -> None:
        """Take the answers to a batch."""
        if output.class_logits is None or batch.answers is None:
            raise TypeError("Expected values, but there are none.")
        self._parts.append((output.class_logits.detach().float(), batch.answers))

    def _measured(self, parts: Sequence[Any]) -> dict[str, float]:
        found, wanted = (np.concatenate(column) for column in zip(*parts, strict=True))
        values = regression.validation_values(found, wanted)
        return {"score": -values["mae"], **{name: values[name] for name in ("mae", "rmse", "r2", "pearson")}}


class SemanticScore(ValidationScore):
    """The mean over classes of their mean Dice in the images where they are or are found.

    Args:
        classes: how many, without the background.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self._classes = classes

    def add(self, output: HeadOutput, batch: HeadBatch) -> None:
        """Take the answers to a batch."""
        if output.mask_logits is None or batch.class_maps is None:
            raise TypeError("Expected class maps, but there are none.")
        size = tuple(batch.class_maps.shape[-2:])
        fine = F.interpolate(output.mask_logits.detach().float(), size, mode="bilinear", align_corners=False)
        self._parts.append((semantic.overlap_counts(fine.argmax(1), batch.class_maps, classes=self._classes),))

    def _measured(self, parts: Sequence[Any]) -> dict[str, float]:
        values = semantic.validation_values(np.concatenate([counts for (counts,) in parts]))
        return {"score": values["dice"], **values}


class InstanceScore(ValidationScore):
    """COCO's AP of the queries' masks.

    Args:
        classes: how many, without "nothing".
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self._classes = classes

    def add(self, output: HeadOutput, batch: HeadBatch) -> None:
        """Take the answers to a batch."""
        if output.class_logits is None or output.mask_logits is None or batch.covers is None or batch.answers is None:
            raise TypeError("Expected classes and masks of objects, but some are missing.")
        inside = inside_image(batch.frames, None, output.mask_logits.shape[-1])
        shown = output.mask_logits.masked_fill(~inside.to(output.mask_logits.device, non_blocking=True), -math.inf)
        tensors = (*found_objects(output.class_logits, shown), batch.covers > 127, batch.answers)
        # At once: the masks of all validation images would fill a GPU.
        self._parts.append(self._compared(batch.counts, *(tensor.cpu().numpy() for tensor in tensors)))

    def _on_host(self, part: Any) -> Any:
        return part

    def _compared(
        self,
        counts: Sequence[int],
        scores: npt.NDArray[Any],
        classes: npt.NDArray[Any],
        masks: npt.NDArray[np.bool_],
        truths: npt.NDArray[np.bool_],
        answers: npt.NDArray[Any],
    ) -> list[list[instance.FoundInImage]]:
        """For each image of a batch, what was found of each class."""
        ends = np.cumsum(counts)
        found = []
        for image, (end, count) in enumerate(zip(ends, counts, strict=True)):
            mine = slice(end - count, end)
            is_mask = masks[image].sum((-2, -1)) >= _MIN_CELLS
            found.append(
                [
                    instance.FoundInImage.of(
                        masks[image][is_mask & (classes[image] == number)],
                        scores[image][is_mask & (classes[image] == number)],
                        truths[mine][answers[mine] == number],
                        min_score=_MIN_SCORE,
                    )
                    for number in range(self._classes)
                ]
            )
        return found

    def _measured(self, parts: Sequence[Any]) -> dict[str, float]:
        values = instance.validation_values([image for part in parts for image in part])
        # Early on, nothing is right at any IoU; Dice tells such weights apart.
        return {"score": values["ap"] + 1e-3 * np.nan_to_num(values["dice"]), **values}


def found_objects(class_logits: Tensor, mask_logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What each query has found.

    Args:
        class_logits: ``(B, Q, K + 1)``, "nothing" last.
        mask_logits: ``(B, Q, h, w)``.

    Returns:
        Scores ``(B, Q)``, the class's probability times the mean probability inside the mask; the most probable class
        ``(B, Q)``; masks ``(B, Q, h, w)`` bool.
    """
    probability, classes = class_logits.detach().float().softmax(-1)[..., :-1].max(-1)
    masks = mask_logits.detach() > 0
    inside = (mask_logits.detach().float().sigmoid() * masks).sum((-2, -1)) / masks.sum((-2, -1)).clamp(min=1)
    return probability * inside, classes, masks


def _of_all_processes(parts: list[Any]) -> list[Any]:
    """The parts of this process, then those of the others; the same in all of them."""
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return parts
    gathered: list[list[Any]] = [[] for _ in range(torch.distributed.get_world_size())]
    torch.distributed.all_gather_object(gathered, parts)
    return [part for of_process in gathered for part in of_process]
