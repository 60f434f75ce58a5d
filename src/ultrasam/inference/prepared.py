"""A frame at the size that the network takes: what can be done before the network is free."""

from __future__ import annotations

from dataclasses import dataclass

from ultrasam.imaging import Frame
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.types import Pixels


@dataclass(frozen=True, eq=False)
class Prepared:
    """A frame that is placed in the network's input; made by :meth:`Segmenter.prepare`.

    Attributes:
        frame: the frame.
        place: how it lies in the network's input.
        resized: ``(h, w, 3)`` uint8 RGB of the size that it has there; None where it is not resized yet.
        pipeline: the pipeline's class, as each resizes in its own way.
    """

    frame: Frame
    place: ModelFrame
    resized: Pixels | None
    pipeline: type
