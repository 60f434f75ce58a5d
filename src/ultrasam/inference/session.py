"""One encoded image, ready to be prompted any number of times."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ultrasam.errors import WeightsError
from ultrasam.imaging import Frame
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.inference.segmentation import Segmentation
from ultrasam.types import BoxXYXY, Prompts

if TYPE_CHECKING:
    from ultrasam.inference.classification import Classification
    from ultrasam.inference.pipelines import Choices, SamPipeline
    from ultrasam.inference.segmenter import Segmenter


class Session:
    """An image with its embedding; made by :meth:`Segmenter.embed`.

    Args:
        segmenter: answers prompts.
        frame: the image.
        model_frame: where it lies in the network's input.
        embedding: ``(1, 256, S/16, S/16)``.
        predictor: answers without prompts, where that is another model.

    Attributes:
        frame: the image.
        embedding: ``(1, 256, S/16, S/16)`` on the model's device.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        frame: Frame,
        model_frame: ModelFrame,
        embedding: Tensor,
        predictor: Segmenter | None = None,
    ) -> None:
        self.frame = frame
        self.embedding = embedding
        self._segmenter = segmenter
        self._predictor = predictor or segmenter
        self._model_frame = model_frame

    def segment(
        self,
        *,
        points_xy: npt.ArrayLike | None = None,
        labels: npt.ArrayLike | None = None,
        box_xyxy: npt.ArrayLike | None = None,
        mask: npt.ArrayLike | Segmentation | None = None,
        name: str | None = None,
        multimask: bool | None = None,
        refine: bool | None = None,
    ) -> Segmentation:
        """Outline one object.

        Args:
            points_xy: ``(N, 2)`` pixels of the original image.
            labels: ``(N,)`` 1 inside the object, 0 outside it; all inside by default.
            box_xyxy: ``(x0, y0, x1, y1)`` around the object.
            mask: where to start from: a former result, whose class stays, a bool ``(H, W)`` mask, or low-resolution
                logits. Of what a fine-tuned model found by itself, give the same result with all clicks each time.
            name: what the object is called in outputs.
            multimask: take the best rated of three masks (True), the single one (False), or what serves these
                weights best (None): one for SAM, MobileSAM and MedSAM, three for the official UltraSam.
            refine: give the first mask back as a prompt and decode a second time (True), do not (False), or do what
                these weights were trained for (None): only the official UltraSam takes a second pass.

        Raises:
            PromptError: the prompt makes no sense, or lies outside the image.
        """
        start = mask.logits if isinstance(mask, Segmentation) else mask
        prompts = Prompts(points_xy=points_xy, labels=labels, box_xyxy=box_xyxy, mask=start, name=name)
        if not isinstance(mask, Segmentation):
            return self.segment_batch([prompts], multimask=multimask, refine=refine)[0]
        if mask.prompts is None and box_xyxy is None and mask.box_xyxy:
            box = box_around(mask.box_xyxy, prompts)
            prompts = Prompts(points_xy=points_xy, labels=labels, box_xyxy=box, mask=start, name=name)
        found = self.segment_batch([prompts], multimask=multimask, refine=refine)[0]
        return replace(found, category=mask.category)

    def predict(self) -> list[Segmentation] | Classification:
        """What the fine-tuned model that gave this session says about the image without a prompt.

        Raises:
            InputError: the model was not fine-tuned for a task; it needs a prompt.
        """
        return self._predictor.predict(self.frame)

    def segment_batch(
        self, prompts: Sequence[Prompts], *, multimask: bool | None = None, refine: bool | None = None
    ) -> list[Segmentation]:
        """Outline many objects of this image, each with prompts of its own kind and number.

        Args:
            prompts: one per object.
            multimask: as in :meth:`segment`.
            refine: as in :meth:`segment`.

        Returns:
            One segmentation per object, in the order of ``prompts``.
        """
        offered = self._decode(prompts, multimask, refine)
        return [self._best(prompt, choices) for prompt, choices in zip(prompts, offered, strict=True)]

    def propose_batch(
        self, prompts: Sequence[Prompts], *, multimask: bool | None = None, refine: bool | None = None
    ) -> Iterator[tuple[Segmentation, Iterator[Segmentation]]]:
        """As :meth:`segment_batch`, each answer with what :meth:`candidates` gives, in one pass of the decoder.

        Yields:
            One answer and its three proposals per object, in the order of ``prompts``; only what is taken is finished.
        """
        for prompt, choices in zip(prompts, self._decode(prompts, multimask, refine), strict=True):
            yield self._best(prompt, choices), self._proposals(prompt, choices)

    def candidates(self, prompts: Prompts) -> list[Segmentation]:
        """The three masks that the network offers for one object, best predicted score first."""
        (choices,) = self._decode([prompts], True, None)
        return list(self._proposals(prompts, choices))

    def _best(self, prompts: Prompts, choices: Choices) -> Segmentation:
        return best_of(choices, prompts, self.frame, self._segmenter.pipeline, self._model_frame)

    def _proposals(self, prompts: Prompts, choices: Choices) -> Iterator[Segmentation]:
        three = range(1, len(choices.all_scores))
        order = sorted(three, key=lambda i: -float(choices.all_scores[i]))
        return (self._result(prompts, choices.all_logits[i], float(choices.all_scores[i])) for i in order)

    @torch.no_grad()
    def _decode(self, prompts: Sequence[Prompts], multimask: bool | None, refine: bool | None) -> list[Choices]:
        for prompt in prompts:
            prompt.check_inside(self.frame.size_hw)
        if not prompts:
            return []
        model = self._segmenter
        return model.pipeline.decode(model.network, self.embedding, prompts, self._model_frame, multimask, refine)

    def _result(self, prompts: Prompts, logits: Tensor, score: float) -> Segmentation:
        return _finished(logits, score, prompts, self.frame, self._segmenter.pipeline, self._model_frame)


def box_around(box_xyxy: tuple[int, int, int, int], prompts: Prompts) -> BoxXYXY:
    """A mask's box, grown to hold the points that are inside the object, too.

    Clicks alone correct a mask that nobody prompted badly, as these networks never saw a mask without the prompts
    that it came from: one click brought masks of a semantic head with a mean Dice of 0.80 (the smaller structure of
    PSFHS) to 0.70, with the box to 0.88.
    """
    inside = np.floor(prompts.points_xy[prompts.labels == 1])
    corners = np.concatenate([np.reshape(box_xyxy, (2, 2)), inside, inside + 1])
    (x0, y0), (x1, y1) = corners.min(0).tolist(), corners.max(0).tolist()
    return x0, y0, x1, y1


def best_of(
    choices: Choices, prompts: Prompts, frame: Frame, pipeline: SamPipeline, model_frame: ModelFrame
) -> Segmentation:
    """The best rated of the masks that a network offers for one object.

    Args:
        choices: what it offers.
        prompts: what was asked.
        frame: the image.
        pipeline: of the network's weights.
        model_frame: where the image lies in the network's input.

    Raises:
        WeightsError: the network's numbers are not finite.
    """
    best = int(choices.scores.argmax())
    score = float(choices.scores[best])
    return _finished(choices.logits[best], score, prompts, frame, pipeline, model_frame)


def _finished(
    logits: Tensor, score: float, prompts: Prompts, frame: Frame, pipeline: SamPipeline, model_frame: ModelFrame
) -> Segmentation:
    """Upsample one chosen mask. Masks are finished one at a time: a hundred at once would fill the memory."""
    if not math.isfinite(score):
        raise WeightsError(
            "Expected finite numbers from the network, but got NaN or infinity: try fp32, and check the weights."
        )
    mask = pipeline.finish(logits[None], model_frame)[0]
    # A copy, as a view would keep the logits of all objects and candidates in memory.
    return Segmentation(mask.numpy(), score, logits.numpy().copy(), prompts, frame)
