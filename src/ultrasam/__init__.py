"""UltraSam: promptable segmentation of ultrasound images.

>>> import ultrasam
>>> model = ultrasam.load()
>>> image = ultrasam.read("examples/fetal_head.png")
>>> session = model.embed(image.frame(0))
>>> session.segment(box_xyxy=(120, 60, 640, 480))  # doctest: +ELLIPSIS
Segmentation(...)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ultrasam.errors import UltraSamError
from ultrasam.lazy import imported_on_use

if TYPE_CHECKING:
    from ultrasam.imaging import Frame, UltrasoundImage, read
    from ultrasam.inference import (
        AutomaticSegmenter,
        Classification,
        Classifier,
        Segmentation,
        Segmenter,
        Session,
        load,
    )
    from ultrasam.inference.embedding_cache import EmbeddingCache
    from ultrasam.inference.sam_predictor import SamPredictor
    from ultrasam.remote import RemoteModel, RemoteSession, connect
    from ultrasam.types import Prompts

__version__ = "0.1.0"

#: Public name -> the room that it lives in.
_ROOMS = {
    "AutomaticSegmenter": "ultrasam.inference",
    "Classification": "ultrasam.inference",
    "Classifier": "ultrasam.inference",
    "EmbeddingCache": "ultrasam.inference.embedding_cache",
    "Frame": "ultrasam.imaging",
    "Prompts": "ultrasam.types",
    "RemoteModel": "ultrasam.remote",
    "RemoteSession": "ultrasam.remote",
    "SamPredictor": "ultrasam.inference.sam_predictor",
    "Segmentation": "ultrasam.inference",
    "Segmenter": "ultrasam.inference",
    "Session": "ultrasam.inference",
    "UltrasoundImage": "ultrasam.imaging",
    "connect": "ultrasam.remote",
    "load": "ultrasam.inference",
    "read": "ultrasam.imaging",
}

__all__ = [
    "AutomaticSegmenter",
    "Classification",
    "Classifier",
    "EmbeddingCache",
    "Frame",
    "Prompts",
    "RemoteModel",
    "RemoteSession",
    "SamPredictor",
    "Segmentation",
    "Segmenter",
    "Session",
    "UltraSamError",
    "UltrasoundImage",
    "__version__",
    "connect",
    "load",
    "read",
]


__getattr__ = imported_on_use(__name__, _ROOMS)


def __dir__() -> list[str]:
    return __all__
