"""What an exported file says about itself: whose weights, under which licence, and how to use them."""

from __future__ import annotations

import json
from typing import Any

import ultrasam
from ultrasam.export.preparation import image_preparation, mask_words, prompt_preparation
from ultrasam.graphs.tracing import OPSET
from ultrasam.weights import Checkpoint

#: Entries of a checkpoint's own metadata that go on; it may have long ones, too, that do not.
_ORIGIN = ("title", "licence", "origin", "training_data", "citation")


def origin_of(checkpoint: Checkpoint) -> dict[str, str]:
    """Title, licence, origin, training data and citation, as far as they are known; the licence always."""
    found = {name: checkpoint.metadata[name] for name in _ORIGIN if checkpoint.metadata.get(name)}
    return {"licence": "unknown", **found}


def graph_metadata(checkpoint: Checkpoint, input_size: int) -> dict[str, str]:
    """Metadata of an exported graph: plain text by plain names; where it lies, and on which machine, is not in it.

    Args:
        checkpoint: the weights.
        input_size: side in pixels of the square input that the graph has.

    Returns:
        Text entries; what is no text is JSON.
    """
    described = description(checkpoint, input_size)
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in described.items()}


def description(checkpoint: Checkpoint, input_size: int) -> dict[str, Any]:
    """The same as values for JSON."""
    return {
        **origin_of(checkpoint),
        "weights_sha256": checkpoint.sha256,
        "pipeline": checkpoint.pipeline,
        "input_size": input_size,
        "trained_input_size": checkpoint.input_size,
        "opset": OPSET,
        "ultrasam_version": ultrasam.__version__,
        "image": image_preparation(checkpoint.pipeline, input_size),
        "prompts": prompt_preparation(),
        "masks": mask_words(checkpoint.pipeline, takes_mask_prompts=checkpoint.takes_mask_prompts),
    }
