"""The graphs of a network's two halves: found in the cache, or made and kept there."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ultrasam.backends.graph_store import GraphStore
from ultrasam.graphs.parts import Gives
from ultrasam.graphs.writing import write_decoder, write_encoder
from ultrasam.modeling.sam import Sam
from ultrasam.weights import Checkpoint


def encoder_graph(network: Sam, checkpoint: Checkpoint, input_size: int, gives: Gives = "embedding") -> Path:
    """The image encoder's ONNX file, as :func:`~ultrasam.graphs.writing.write_encoder` makes it.

    Args:
        network: stays as it is.
        checkpoint: that it was filled from.
        input_size: side of its input in pixels.
        gives: the embedding that prompts are decoded from, or the levels that heads read.

    Raises:
        MissingExtraError: ONNX is not installed, and there is no such graph.
    """
    write = partial(write_encoder, network, input_size=input_size, gives=gives)
    return GraphStore().graph(checkpoint, input_size, gives, write)


def decoder_graph(network: Sam, checkpoint: Checkpoint, input_size: int) -> Path:
    """The prompt encoder's and mask decoder's ONNX file, as :func:`~ultrasam.graphs.writing.write_decoder` makes it.

    Args:
        network: stays as it is.
        checkpoint: that it was filled from.
        input_size: side of its input in pixels.

    Raises:
        MissingExtraError: ONNX is not installed, and there is no such graph.
    """
    return GraphStore().graph(checkpoint, input_size, "decoder", partial(write_decoder, network, input_size=input_size))
