"""A network whose parts are graphs; heads, and what is around the network, do not notice."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ultrasam.backends.decoder import GraphDecoder
from ultrasam.backends.encoder import GraphEncoder
from ultrasam.backends.graph import open_graph
from ultrasam.backends.halves import decoder_graph, encoder_graph
from ultrasam.backends.int8 import int8_graph
from ultrasam.backends.names import BackendName, Precision
from ultrasam.errors import InputError
from ultrasam.graphs.parts import Gives
from ultrasam.modeling.finetuned import FinetunedSam
from ultrasam.modeling.sam import Sam
from ultrasam.weights import Checkpoint


def run_by_graphs(
    network: Sam, checkpoint: Checkpoint, input_size: int, backend: BackendName, precision: Precision
) -> Sam:
    """Replace the image encoder, and the way through the prompt encoder and mask decoder, by graphs.

    Args:
        network: float32 on the CPU. It is changed in place and loses its image encoder's weights, most of its memory;
            all others stay.
        checkpoint: that it was filled from.
        input_size: side of its input in pixels; no other size can be given any more.
        backend: what runs the graphs.
        precision: how.

    Raises:
        InputError: int8 is asked for, and there is no such graph of these weights, or their head reads more than one.
        MissingExtraError: the packages that make graphs, or run them, are not installed.
    """
    files: dict[Gives, Path] = {}
    for gives in _needed(network, checkpoint):
        if precision == "int8":
            files[gives] = _int8(gives, checkpoint, input_size)
        else:
            files[gives] = encoder_graph(network, checkpoint, input_size, gives)
    if _decodes(network, checkpoint):
        decoder = decoder_graph(network, checkpoint, input_size)
        network.decoder_graph = GraphDecoder(partial(open_graph, decoder, backend, precision))
    # A processor takes one image after the other.
    shapes = {"images": [1, 3, input_size, input_size]}
    opens = {gives: partial(open_graph, file, backend, precision, shapes=shapes) for gives, file in files.items()}
    network.register_module("image_encoder", GraphEncoder(network.image_encoder, input_size, opens))
    return network


def _needed(network: Sam, checkpoint: Checkpoint) -> list[Gives]:
    """What is asked of the encoder: prompts and most heads need its embedding, some heads its levels."""
    if not isinstance(network, FinetunedSam) or network.head_config.kind in ("pooled", "prompted"):
        return ["embedding"]
    return ["levels", "embedding"] if _decodes(network, checkpoint) else ["levels"]


def _decodes(network: Sam, checkpoint: Checkpoint) -> bool:
    """Whether prompts are answered; weights that their task changed leave that to those that they came from."""
    is_prompted = isinstance(network, FinetunedSam) and network.head_config.kind == "prompted"
    return is_prompted or checkpoint.task is None or checkpoint.task.promptable


def _int8(gives: Gives, checkpoint: Checkpoint, input_size: int) -> Path:
    if gives == "levels":
        raise InputError(
            "Expected fp32 or bf16 for weights that outline structures without a prompt, but got int8, in which "
            "there is only what prompts are answered from."
        )
    return int8_graph(checkpoint, input_size)
