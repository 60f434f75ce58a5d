"""An image encoder's graph with 8-bit integers in place of most of its products."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from ultrasam.errors import InputError
from ultrasam.export.int8_compacting import drop_descriptions, share_repeated_columns
from ultrasam.export.int8_images import Input
from ultrasam.extras import require
from ultrasam.silence import silence

#: What is said of a graph that was made so.
RECIPE = "symmetric ranges; attention's products and the first convolutions stay in floating point"
_PRODUCTS = ("Conv", "MatMul", "Gemm")
_NO_SMOOTHING = -1.0


def quantise(path: Path, images: Iterable[Input], count: int, *, told: Callable[[int], None] | None = None) -> Any:
    """Quantise a graph, by ranges that are found on images.

    Weights are integers with a scale for each output channel; what they are multiplied with has one scale. In the file
    both stand before ``DequantizeLinear``, by which ONNX Runtime and OpenVINO know that the product is one of integers.

    Args:
        path: an encoder of :func:`~ultrasam.graphs.writing.write_encoder`.
        images: inputs, each ``(1, 3, S, S)`` float32.
        count: how many there are.
        told: is told how many of them are done.

    Returns:
        An ``onnx.ModelProto`` with the metadata of the file.

    Raises:
        InputError: the weights are too large for one ONNX file.
        MissingExtraError: nncf is not installed.
    """
    if path.with_name(path.name + ".data").exists():
        raise InputError(
            "Expected weights of less than two gigabytes for int8, as nncf reads no larger graph, but got more: take "
            "another precision, or a smaller image encoder."
        )
    onnx, nncf = require("onnx", needed_for="ONNX graphs"), quiet_nncf()
    model = onnx.load(str(path))

    def inputs(image: tuple[int, Input]) -> dict[str, Input]:
        if told is not None:
            told(image[0])
        return {model.graph.input[0].name: image[1]}

    with _silence():
        quantised = nncf.quantize(
            model,
            nncf.Dataset(_Numbered(images), inputs),
            subset_size=count,
            preset=nncf.QuantizationPreset.PERFORMANCE,
            model_type=nncf.ModelType.TRANSFORMER,
            ignored_scope=nncf.IgnoredScope(names=kept_in_float(model)),
            # Its multiplications would stand between the integers.
            advanced_parameters=nncf.AdvancedQuantizationParameters(
                smooth_quant_alphas=nncf.AdvancedSmoothQuantParameters(matmul=_NO_SMOOTHING, convolution=_NO_SMOOTHING)
            ),
        )
    drop_descriptions(quantised)
    share_repeated_columns(quantised)
    del quantised.metadata_props[:]
    quantised.metadata_props.extend(onnx.load(str(path), load_external_data=False).metadata_props)
    onnx.checker.check_model(quantised)
    return quantised


def kept_in_float(model: Any) -> list[str]:
    """Names of the nodes that lose too much, or gain nothing.

    Those are the products of attention, whose both sides change with the image, and the convolutions before the first
    block: on a TinyViT they make a third of the error and a twenty-fifth of the work.

    Args:
        model: an ``onnx.ModelProto``.
    """
    constants = {constant.name for constant in model.graph.initializer}
    nodes = list(model.graph.node)
    products = [node for node in nodes if node.op_type in _PRODUCTS]
    attention = [node.name for node in products if not constants & set(node.input)]
    readers: dict[str, list[Any]] = {}
    for node in nodes:
        for name in node.input if node.op_type != "Shape" else ():
            readers.setdefault(name, []).append(node)
    stem, following = [], readers.get(model.graph.input[0].name, [])
    # A block begins where what it is given is needed twice: in it and beside it.
    while len(following) == 1:
        if following[0].op_type == "Conv":
            stem.append(following[0].name)
        following = readers.get(following[0].output[0], [])
    return [*stem, *attention]


def quiet_nncf() -> ModuleType:
    """The module nncf, which neither talks nor tells its makers that it was used.

    Unless told that it is being tested, it reports each call to a service on the internet: medical software must not.

    Raises:
        MissingExtraError: it is not installed.
    """
    variable = "NNCF_CI"
    before = os.environ.get(variable)
    os.environ[variable] = "1"
    try:
        with _silence():
            nncf = require("nncf", needed_for="int8 graphs")
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before
    # Not by nncf's own function, which sets the level of all that listens, an application's log file, too.
    logging.getLogger("nncf").setLevel(logging.ERROR)
    return nncf


class _Numbered:
    """Images with their number from 1, as often as they are gone through."""

    def __init__(self, images: Iterable[Input]) -> None:
        self._images = images

    def __iter__(self) -> Iterator[tuple[int, Input]]:
        return enumerate(self._images, 1)


@contextmanager
def _silence() -> Iterator[None]:
    """Its progress bars, too, as the caller shows its own."""
    nowhere = io.StringIO()
    with silence(loggers=("nncf",), modules=r"nncf\b"), redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield
