"""Choices that several commands offer. Spelled out here, as the rooms that know them take a second to import."""

from __future__ import annotations

from enum import Enum


class Dtype(str, Enum):
    """Number format of a network or of a weights file."""

    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


class PipelineName(str, Enum):
    """How pixels and prompts are prepared: :data:`ultrasam.weights.registry.PIPELINES`."""

    sam = "sam"
    medsam = "medsam"
    ultrasam = "ultrasam"
