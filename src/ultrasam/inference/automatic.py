"""A model that was fine-tuned to outline structures without a prompt."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ultrasam.errors import InputError
from ultrasam.inference.fine_tuned import FineTuned, finite
from ultrasam.inference.head_masks import instance_masks, semantic_masks
from ultrasam.inference.segmentation import Segmentation
from ultrasam.inference.segmenter import ImageLike

#: Instances with a lower score are not given, if the user does not say otherwise.
MIN_SCORE = 0.5


class AutomaticSegmenter(FineTuned):
    """Outlines the structures that it was fine-tuned for; its sessions take prompts that correct them.

    Example:
        >>> model = ultrasam.load("runs/x")  # doctest: +SKIP
        >>> image = ultrasam.read("scan.dcm").frame(0)  # doctest: +SKIP
        >>> first, *others = model.predict(image)  # doctest: +SKIP
        >>> better = model.embed(image).segment(mask=first, points_xy=[(210, 80)], labels=[0])  # doctest: +SKIP
    """

    def predict(self, image: ImageLike, *, min_score: float | None = None) -> list[Segmentation]:
        """Outline what is in an image.

        Args:
            image: as :meth:`embed` takes it.
            min_score: lowest score, 0 to 1, of a mask that is given. None: 0.5 for instances; dense classes all, as
                each pixel is given its most probable class anyway.

        Returns:
            Instances, best score first; of dense classes one segmentation for each class that is there, in the order
            of the classes. ``category`` is the class, ``prompts`` is None.

        Raises:
            ImageError: the array has another shape or type, or the image has several frames.
            InputError: ``min_score`` is out of its range.
        """
        return self.predict_batch([image], min_score=min_score)[0]

    @torch.no_grad()
    def predict_batch(self, images: Sequence[ImageLike], *, min_score: float | None = None) -> list[list[Segmentation]]:
        """As :meth:`predict`, for several images in one pass of the network."""
        if min_score is not None and not 0 <= min_score <= 1:
            raise InputError(f"Expected min_score from 0 to 1, but got {min_score}.")
        if not images:
            return []
        prepared = self._placed(images)
        placed = [one.place for one in prepared]
        features = self.network.encode_for_head(self._to_inputs(prepared))
        output = self.network.apply_head(features, inside=self._inside(placed))
        dense = finite(output.mask_logits)
        if self.task.kind == "semantic":
            lowest = 0.0 if min_score is None else min_score
            found = [semantic_masks(logits, place) for logits, place in zip(dense, placed, strict=True)]
            found = [[mask for mask in masks if mask.score >= lowest] for masks in found]
        else:
            lowest = MIN_SCORE if min_score is None else min_score
            opinions = zip(finite(output.class_logits), dense, placed, strict=True)
            found = [instance_masks(*opinion, lowest) for opinion in opinions]
        return [
            [
                Segmentation(m.mask.numpy(), m.score, m.logits.numpy(), None, one.frame, self.task.classes[m.category])
                for m in masks
            ]
            for masks, one in zip(found, prepared, strict=True)
        ]
