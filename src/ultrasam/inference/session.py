"""One encoded image, ready to be prompted any number of times."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ultrasam.errors import WeightsError
from ultrasam.imaging import Frame
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.inference.promptable import Promptable
from ultrasam.inference.segmentation import Segmentation
from ultrasam.types import Prompts

if TYPE_CHECKING:
    from ultrasam.inference.classification import Classification
    from ultrasam.inference.pipelines import Choices, SamPipeline
    from ultrasam.inference.segmenter import Segmenter


class Session(Promptable):
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

    def predict(self) -> list[Segmentation] | Classification:
        """What the fine-tuned model that gave this session says about the image without a prompt.

        Raises:
            InputError: the model was not fine-tuned for a task; it needs a prompt.
        """
        return self._predictor.predict(self.frame)

    def segment_batch(
        self, prompts: Sequence[Prompts], *, multimask: bool | None = None, refine: bool | None = None
    ) -> list[Segmentation]:
        """One segmentation per object; see :meth:`Promptable.segment_batch`."""
        offered = self._decode(prompts, multimask, refine)
        return [self._best(prompt, choices) for prompt, choices in zip(prompts, offered, strict=True)]

    def propose_batch(
        self,
        prompts: Sequence[Prompts],
        *,
        multimask: bool | None = None,
        refine: bool | None = None,
        by_score: bool = True,
    ) -> Iterator[tuple[Segmentation, Iterator[Segmentation]]]:
        """Each answer with three proposals; see :meth:`Promptable.propose_batch`."""
        for prompt, choices in zip(prompts, self._decode(prompts, multimask, refine), strict=True):
            yield self._best(prompt, choices), self._proposals(prompt, choices, by_score)

    def candidates(self, prompts: Prompts) -> list[Segmentation]:
        """The three masks that the network offers for one object, best predicted score first."""
        (choices,) = self._decode([prompts], True, None)
        return list(self._proposals(prompts, choices, by_score=True))

    def _best(self, prompts: Prompts, choices: Choices) -> Segmentation:
        return best_of(choices, prompts, self.frame, self._segmenter.pipeline, self._model_frame)

    def _proposals(self, prompts: Prompts, choices: Choices, by_score: bool) -> Iterator[Segmentation]:
        order = list(range(1, len(choices.all_scores)))
        if by_score:
            order.sort(key=lambda i: -float(choices.all_scores[i]))
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
