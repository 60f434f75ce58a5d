"""The image encoder in int8: where its graph is, and what to do where there is none."""

from __future__ import annotations

from pathlib import Path

from ultrasam.errors import InputError
from ultrasam.graphs.int8_store import find_int8
from ultrasam.weights import Checkpoint


def int8_graph(checkpoint: Checkpoint, input_size: int) -> Path:
    """The graph of some weights' image encoder in int8.

    Raises:
        InputError: there is none.
    """
    found = find_int8(checkpoint, input_size)
    if found is None:
        raise InputError(
            f"Expected an int8 graph of these weights for an input of {input_size} pixels, but none was made: make "
            "one with  ultrasam export onnx --precision int8 --data CORPUS  (it is kept if it is good enough), or "
            "take another precision."
        )
    return found
