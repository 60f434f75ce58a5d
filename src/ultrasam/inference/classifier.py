"""A model that was fine-tuned to classify images, or the objects that are marked in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ultrasam.errors import InputError, PromptError
from ultrasam.inference.classification import Classification
from ultrasam.inference.fine_tuned import FineTuned, finite
from ultrasam.inference.pipelines import to_object_prompt
from ultrasam.inference.prepared import Prepared
from ultrasam.inference.segmentation import Segmentation
from ultrasam.inference.segmenter import ImageLike
from ultrasam.inference.session import best_of
from ultrasam.modeling.prompts import PromptTokens
from ultrasam.types import Prompts


class Classifier(FineTuned):
    """Gives the class of an image (or its values, in a regression), or of an object in it.

    Example:
        >>> model = ultrasam.load("runs/y")  # doctest: +SKIP
        >>> model.predict(ultrasam.read("scan.dcm").frame(0)).label  # doctest: +SKIP
        'benign'
    """

    @property
    def takes_prompts(self) -> bool:
        """Whether the class is that of an object which a prompt marks, instead of the image's."""
        return self.task.head.kind == "prompted"

    def predict(
        self,
        image: ImageLike,
        *,
        points_xy: npt.ArrayLike | None = None,
        labels: npt.ArrayLike | None = None,
        box_xyxy: npt.ArrayLike | None = None,
        mask: npt.ArrayLike | Segmentation | None = None,
        name: str | None = None,
    ) -> Classification:
        """Classify an image, or the object in it that a prompt marks.

        Args:
            image: as :meth:`embed` takes it.
            points_xy: ``(N, 2)`` pixels of the original image.
            labels: ``(N,)`` 1 inside the object, 0 outside it; all inside by default.
            box_xyxy: ``(x0, y0, x1, y1)`` around the object.
            mask: the object's outline: a former result, a bool ``(H, W)`` mask, or low-resolution logits.
            name: what the object is called in outputs.

        Raises:
            ImageError: the array has another shape or type, or the image has several frames.
            PromptError: a prompt is missing where :attr:`takes_prompts`, or it makes no sense.
            InputError: a prompt for weights that classify whole images.
        """
        given = (points_xy, labels, box_xyxy, mask)
        if all(part is None for part in given):
            return self.predict_batch([image])[0]
        start = mask.logits if isinstance(mask, Segmentation) else mask
        prompts = Prompts(points_xy=points_xy, labels=labels, box_xyxy=box_xyxy, mask=start, name=name)
        return self.predict_batch([image], [prompts])[0]

    def predict_batch(
        self, images: Sequence[ImageLike], prompts: Sequence[Prompts] | None = None
    ) -> list[Classification]:
        """As :meth:`predict`, for several images in one pass of the network.

        Args:
            images: as :meth:`embed` takes them.
            prompts: one for each image, in their order; None where whole images are classified.
        """
        self.check_prompts(prompted=prompts is not None)
        if prompts is not None and len(prompts) != len(images):
            raise InputError(f"Expected one prompt for each of the {len(images)} images, but got {len(prompts)}.")
        return self._classify(self._placed(images), prompts, range(len(images)))

    def predict_objects(self, image: ImageLike, prompts: Sequence[Prompts]) -> list[Classification]:
        """As :meth:`predict`, for several objects of one image, which is encoded once.

        Args:
            image: as :meth:`embed` takes it.
            prompts: one for each object.

        Returns:
            One answer per object, in the order of ``prompts``.
        """
        self.check_prompts(prompted=True)
        return self._classify(self._placed([image]), prompts, [0] * len(prompts))

    def check_prompts(self, *, prompted: bool) -> None:
        """See that these weights can be asked so.

        Args:
            prompted: whether objects are marked, or whole images are to be classified.

        Raises:
            PromptError: they classify marked objects.
            InputError: they classify whole images.
        """
        if self.takes_prompts and not prompted:
            raise PromptError(
                "Expected a box, points or a mask, as these weights classify the object that a prompt marks, but got "
                "none of them."
            )
        if prompted and not self.takes_prompts:
            raise InputError("Expected no prompt, as these weights classify whole images, but got one: leave it out.")

    @torch.no_grad()
    def _classify(
        self,
        prepared: Sequence[Prepared],
        prompts: Sequence[Prompts] | None,
        image_of: Sequence[int],
    ) -> list[Classification]:
        """The answers about whole images, or about the objects of ``prompts``, each in an image of ``prepared``."""
        if not image_of:
            return []
        frames, placed = [one.frame for one in prepared], [one.place for one in prepared]
        objects = []
        for prompt, i in zip(prompts or (), image_of, strict=prompts is not None):
            prompt.check_inside(frames[i].size_hw)
            objects.append(replace(to_object_prompt(prompt, placed[i]), image_index=i))
        features = (torch.cat(self._encode(prepared)),)
        tokens = PromptTokens.pad(objects).to(self.device) if objects else None
        output = self.network.apply_head(features, inside=self._inside(placed), prompts=tokens)
        answers = self._answers(finite(output.class_logits))
        if prompts is None or output.masks is None:
            return answers
        offered = zip(answers, self.pipeline.choices(output.masks, refine=False), prompts, image_of, strict=True)
        return [
            replace(answer, segmentation=best_of(choices, prompt, frames[i], self.pipeline, placed[i]))
            for answer, choices, prompt, i in offered
        ]

    def _answers(self, logits: Tensor) -> list[Classification]:
        """From the head's numbers ``(B, K)``."""
        task = self.task
        numbers = logits.double()
        if task.kind == "regression":
            values = numbers.numpy() * np.asarray(task.scales) + np.asarray(task.means)
            return [Classification(task.classes, values=row) for row in values]
        probabilities = (numbers.sigmoid() if task.several else numbers.softmax(-1)).numpy()
        return [Classification(task.classes, probabilities=row, several=task.several) for row in probabilities]
