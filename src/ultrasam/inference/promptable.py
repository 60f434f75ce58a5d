"""What every encoded image does, whether it lies in this process or on a server: prompts in, masks out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ultrasam.imaging import Frame
from ultrasam.inference.segmentation import Segmentation
from ultrasam.types import BoxXYXY, Prompts


class Promptable(ABC):
    """An encoded image that answers prompts.

    Attributes:
        frame: the image.
    """

    frame: Frame

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

    @abstractmethod
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

    @abstractmethod
    def propose_batch(
        self,
        prompts: Sequence[Prompts],
        *,
        multimask: bool | None = None,
        refine: bool | None = None,
        by_score: bool = True,
    ) -> Iterator[tuple[Segmentation, Iterator[Segmentation]]]:
        """As :meth:`segment_batch`, each answer with what :meth:`candidates` gives, in one pass of the decoder.

        Args:
            prompts: one per object.
            multimask: as in :meth:`segment`.
            refine: as in :meth:`segment`.
            by_score: the best predicted score comes first (True), or the network's own order is kept (False).

        Yields:
            One answer and its three proposals per object, in the order of ``prompts``; only what is taken is finished.
        """

    @abstractmethod
    def candidates(self, prompts: Prompts) -> list[Segmentation]:
        """The three masks that the network offers for one object, best predicted score first."""


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
