"""Files of their own for others, from graphs that were made before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from ultrasam.extras import require
from ultrasam.graphs.finishing import finished
from ultrasam.graphs.saving import save
from ultrasam.weights.registry import Pipeline


def copy_encoder(graph: Path, path: Path, metadata: Mapping[str, str]) -> None:
    """Write an image encoder's graph once more.

    Args:
        graph: what :func:`~ultrasam.graphs.writing.write_encoder` wrote.
        path: the file; weights of more than two gigabytes lie beside it, in a file with ``.data`` at its end.
        metadata: goes into the file.

    Raises:
        MissingExtraError: ONNX is not installed.
    """
    intermediate = require("onnxscript", needed_for="ONNX graphs").ir
    save(torch.onnx.ONNXProgram(intermediate.load(graph), None), path, metadata)


def copy_decoder(graph: Path, path: Path, metadata: Mapping[str, str], *, finish: Pipeline, input_size: int) -> None:
    """Write a decoder's graph that gives masks of the original image's size.

    The graph then has one more input, ``orig_im_size`` ``(2,)`` float32, height and width of the original image, and
    gives ``masks`` ``(N, 4, H, W)`` float32, positive inside, ``iou_predictions`` and ``low_res_masks``.

    Args:
        graph: what :func:`~ultrasam.graphs.writing.write_decoder` wrote.
        path: the file.
        metadata: goes into the file.
        finish: the pipeline whose masks are wanted.
        input_size: S.

    Raises:
        MissingExtraError: ONNX is not installed.
    """
    onnx = require("onnx", needed_for="ONNX graphs")
    intermediate = require("onnxscript", needed_for="ONNX graphs").ir
    whole = finished(onnx.load(str(graph)), finish, input_size)
    save(torch.onnx.ONNXProgram(intermediate.from_proto(whole), None), path, metadata)
