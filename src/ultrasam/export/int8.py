"""The image encoder in int8: calibrated on training images, offered only where validation images lose nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ultrasam.backends.encoder import GraphEncoder
from ultrasam.backends.graph import open_graph
from ultrasam.backends.names import BackendName
from ultrasam.corpus import CocoFolder
from ultrasam.evaluation import read_folders
from ultrasam.evaluation.answers import DIGITS
from ultrasam.export.int8_acceptance import (
    MOST_LOSS,
    Loss,
    check_accepted,
    check_enough,
    mean_losses,
    measure_losses,
)
from ultrasam.export.int8_images import CalibrationImages, choose_images
from ultrasam.export.int8_quantising import RECIPE, quantise
from ultrasam.export.source import Progress, Source
from ultrasam.extras import require
from ultrasam.files import written_whole
from ultrasam.graphs.int8_store import keep_int8
from ultrasam.inference import Segmenter

#: Ranges hardly change with more.
CALIBRATION_IMAGES = 100
#: Of each data set, at most.
VALIDATION_IMAGES = 100
_COMPARED_BY: BackendName = "openvino"


def quantised(source: Source, path: Path, *, data: Sequence[Path], progress: Progress | None = None) -> dict[str, Any]:
    """Put an int8 graph in the place of an encoder's, if it is good enough, and keep it for ``load(precision="int8")``.

    Its ranges are found on images of the data sets' training parts. Then fp32 and int8 are asked about the same objects
    of their validation parts, by one click and by a box.

    Args:
        source: the weights.
        path: their encoder, of :func:`~ultrasam.graphs.writing.write_encoder`; stays as it is on any error.
        data: COCO folders with a training and a validation part, of at least three data sets together.
        progress: is told what is done next.

    Returns:
        The report, JSON-able: how it was made, and what it loses on each data set. It goes into the graph's metadata,
        too, as ``int8``, beside ``precision``.

    Raises:
        InputError: too few data sets, or masks get worse; says the numbers.
        MissingExtraError: a package that this needs is not installed.
    """
    for package in ("nncf", "openvino"):
        # What is missing is said now, not after ten minutes.
        require(package, needed_for="int8 graphs")
    tell = progress or (lambda _: None)
    validation, _ = read_folders(data, "val")
    check_enough([folder.name for folder in validation])
    training, _ = read_folders(data, "train")
    # Prompts are answered without the head of a task.
    checkpoint = replace(source.checkpoint, state_dict={}, task=None)
    fp32 = Segmenter(source.network, checkpoint, input_size=source.input_size)
    chosen = choose_images(training, CALIBRATION_IMAGES)
    images = CalibrationImages(chosen, fp32.pipeline, source.input_size)
    model = quantise(path, images, len(images), told=lambda n: tell(f"calibrating int8: image {n} of {len(images)}"))
    with written_whole(path) as temporary:
        temporary.write_bytes(model.SerializeToString())
        losses = _losses(source, fp32, temporary, validation, tell)
        check_accepted(losses)
        report = _report(images, losses)
        _describe(model, {"precision": "int8", "int8": json.dumps(report)})
        temporary.write_bytes(model.SerializeToString())
    keep_int8(source.checkpoint, source.input_size, path)
    return report


def _losses(
    source: Source, fp32: Segmenter, graph: Path, validation: Sequence[CocoFolder], tell: Progress
) -> list[Loss]:
    """What int8 loses in the encoder; the decoder is the same, so that nothing else is compared."""
    network, size = source.network, source.input_size
    opened = partial(open_graph, graph, _COMPARED_BY, "int8", shapes={"images": [1, 3, size, size]})
    # The two share all other parts.
    twin = copy(network)
    twin._modules = {
        **network._modules,
        "image_encoder": GraphEncoder(network.image_encoder, size, {"embedding": opened}),
    }
    int8 = Segmenter(twin, fp32.checkpoint, input_size=size)
    return measure_losses(fp32, int8, validation, limit=VALIDATION_IMAGES, told=tell)


def _report(images: CalibrationImages, losses: Sequence[Loss]) -> dict[str, Any]:
    return {
        "made_by": f"nncf {version('nncf')}",
        "recipe": RECIPE,
        "calibration": {"part": "train", "images": images.counts},
        "comparison": {
            "part": "val",
            "compared_by": f"{_COMPARED_BY} {version(_COMPARED_BY)}",
            "images_at_most": VALIDATION_IMAGES,
            "accepted_below": MOST_LOSS,
            "mean_loss_of_dice": {name: round(loss, DIGITS) for name, loss in mean_losses(losses).items()},
            "by_protocol": [loss.as_dict() for loss in losses],
        },
    }


def _describe(model: Any, entries: dict[str, str]) -> None:
    """Set entries of a model's metadata."""
    others = [entry for entry in model.metadata_props if entry.key not in entries]
    described = {**{entry.key: entry.value for entry in others}, **entries}
    require("onnx", needed_for="ONNX graphs").helper.set_model_props(model, described)
