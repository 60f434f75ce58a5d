"""ONNX files of a network's two halves."""

from __future__ import annotations

from pathlib import Path

import torch

from ultrasam.errors import InputError
from ultrasam.graphs.parts import DecoderPart, EncoderPart, Gives
from ultrasam.graphs.saving import save
from ultrasam.graphs.tracing import traced
from ultrasam.modeling.sam import SIZE_MULTIPLE, Sam

#: The example that a graph is traced with: images, objects and token slots, all different.
_IMAGES, _OBJECTS, _SLOTS = 2, 3, 5


def write_encoder(network: Sam, path: Path, *, input_size: int, gives: Gives = "embedding") -> None:
    """Write the image encoder: ``images`` ``(B, 3, S, S)`` float32 to ``image_embeddings`` ``(B, C, S/16, S/16)``.

    Args:
        network: stays as it is.
        path: the file; weights of more than two gigabytes lie beside it, in a file with ``.data`` at its end.
        input_size: S, fixed in the graph.
        gives: ``"levels"``: instead of the embedding the four maps that a head reads, ``level_0`` to ``level_3``.

    Raises:
        InputError: the size is no multiple of 64.
        MissingExtraError: ONNX is not installed.
    """
    _check_size(input_size)
    images = torch.zeros(_IMAGES, 3, input_size, input_size)
    outputs = ["image_embeddings"] if gives == "embedding" else [f"level_{index}" for index in range(4)]
    graph = traced(EncoderPart(network, gives), {"images": (images, {0: "batch"})}, outputs)
    save(graph, path)


def write_decoder(network: Sam, path: Path, *, input_size: int) -> None:
    """Write the prompt encoder and the mask decoder as one graph.

    Its inputs are those of segment-anything's ONNX decoder with a batch axis; see
    :meth:`~ultrasam.graphs.parts.DecoderPart.forward`. Its outputs are ``low_res_masks`` ``(N, 4, S/4, S/4)``,
    ``iou_predictions`` ``(N, 4)`` and ``tokens`` ``(N, 5, C)``.

    Args:
        network: stays as it is.
        path: the file.
        input_size: S, fixed in the graph.

    Raises:
        InputError: the size is no multiple of 64.
        MissingExtraError: ONNX is not installed.
    """
    _check_size(input_size)
    part = DecoderPart(network, input_size)
    quarter = input_size // 4
    inputs = {
        "image_embeddings": (
            torch.zeros(_IMAGES, network.config.embed_dim, part.grid_size, part.grid_size),
            {0: "batch"},
        ),
        "point_coords": (torch.zeros(_OBJECTS, _SLOTS, 2), {0: "objects", 1: "slots"}),
        "point_labels": (torch.zeros(_OBJECTS, _SLOTS), {0: "objects", 1: "slots"}),
        "mask_input": (torch.zeros(_OBJECTS, 1, quarter, quarter), {0: "objects"}),
        "has_mask_input": (torch.zeros(_OBJECTS), {0: "objects"}),
    }
    graph = traced(part, inputs, ["low_res_masks", "iou_predictions", "tokens"])
    save(graph, path)


def _check_size(input_size: int) -> None:
    if input_size <= 0 or input_size % SIZE_MULTIPLE:
        raise InputError(f"Expected an input size that is a multiple of {SIZE_MULTIPLE}, but got {input_size}.")
