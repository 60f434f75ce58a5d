"""The end of a decoder's graph: from low-resolution logits to masks of the original image's size.

What the pipelines of :mod:`ultrasam.inference.pipelines` do, step by step. It is built by hand, as sizes that come from
data are more than PyTorch's exporter can follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ultrasam.extras import require
from ultrasam.graphs.nodes import Nodes
from ultrasam.weights.registry import Pipeline

if TYPE_CHECKING:
    import onnx

#: Up to this many pixels, sides of an image are rounded down as Python's float64 does; see :func:`rounded_below`.
LARGEST_SIDE = 8192

# ONNX's numbers of data types.
_FLOAT, _INT64, _DOUBLE = 1, 7, 11


def finished(decoder: onnx.ModelProto, pipeline: Pipeline, input_size: int) -> onnx.ModelProto:
    """A decoder's graph that ends at the original size.

    Args:
        decoder: with the output ``low_res_masks`` ``(N, 4, S/4, S/4)``.
        pipeline: whose masks are wanted.
        input_size: S.

    Returns:
        a graph that also wants ``orig_im_size`` ``(2,)`` float32, height and width, and gives ``masks``
        ``(N, 4, H, W)`` float32, positive inside, ``iou_predictions`` and ``low_res_masks``.
    """
    helper = require("onnx.helper", needed_for="ONNX graphs")
    end = Nodes("finish")
    original_hw = end.add("Cast", "orig_im_size", to=_INT64)
    if pipeline == "medsam":
        probability = _resized(end, end.add("Sigmoid", "low_res_masks"), original_hw)
        end.add("Sub", probability, _float(0.5), output="masks")
    elif pipeline == "ultrasam":
        inside = end.add("Cast", end.add("Greater", "low_res_masks", _float(0)), to=_FLOAT)
        image_hw = _rounded_down(end, original_hw, input_size)
        rows = _along(end, 0, _image(end, inside, image_hw), image_hw, original_hw)
        _along(end, 1, rows, image_hw, original_hw, output="masks")
    else:
        image_hw = _rounded(end, original_hw, input_size)
        _resized(end, _image(end, "low_res_masks", image_hw), original_hw, output="masks")

    made: onnx.ModelProto = type(decoder)()
    made.CopyFrom(decoder)
    graph = made.graph
    graph.input.append(helper.make_tensor_value_info("orig_im_size", _FLOAT, [2]))
    graph.initializer.extend(end.constants)
    graph.node.extend(end.nodes)
    outputs = {value.name: value for value in graph.output}
    outputs["masks"] = helper.make_tensor_value_info("masks", _FLOAT, ["objects", 4, "height", "width"])
    del graph.output[:]
    graph.output.extend(outputs[name] for name in ("masks", "iou_predictions", "low_res_masks"))
    return made


def rounded_below(input_size: int, largest_side: int = LARGEST_SIDE) -> npt.NDArray[np.int64]:
    """Where ``int(side * (input_size / longest))`` is one less than it would be without float64's rounding.

    An engine without float64 cannot find these out by itself; for one longest side in eight, 49 or 748 pixels at 1024,
    the longest side itself is such a case.

    Returns:
        ``(pairs,)``, each ``longest * (largest_side + 1) + side``.
    """
    found = []
    for longest in range(1, largest_side + 1):
        side = np.arange(1, longest + 1)
        below = (side * (input_size / longest)).astype(np.int64) < side * input_size // longest
        found.append(longest * (largest_side + 1) + side[below])
    return np.concatenate(found)


def _rounded(end: Nodes, original_hw: str, input_size: int) -> str:
    """The size ``(2,)`` that an image has in the network's input, rounded to the nearest, in whole numbers."""
    longest = end.add("ReduceMax", original_hw, keepdims=0)
    twice = end.add("Mul", original_hw, _int(2 * input_size))
    rounded = end.add("Div", end.add("Add", twice, longest), end.add("Mul", longest, _int(2)))
    return end.add("Max", rounded, _int(1))


def _rounded_down(end: Nodes, original_hw: str, input_size: int) -> str:
    """The size ``(2,)`` that an image has in the network's input, rounded down."""
    longest = end.add("ReduceMax", original_hw, keepdims=0)
    floored = end.add("Div", end.add("Mul", original_hw, _int(input_size)), longest)
    pair = end.add("Add", end.add("Mul", longest, _int(LARGEST_SIDE + 1)), original_hw)
    known = end.add("Equal", end.add("Unsqueeze", pair, _int([1])), rounded_below(input_size)[None])
    less = end.add("ReduceMax", end.add("Cast", known, to=_INT64), _int([1]), keepdims=0)
    return end.add("Max", end.add("Sub", floored, less), _int(1))


def _image(end: Nodes, cells: str, image_hw: str) -> str:
    """The first of segment-anything's two bilinear steps, to the input's size, without the padding."""
    square = end.add("Resize", cells, "", np.array([1, 1, 4, 4], np.float32), mode="linear")
    return end.add("Slice", square, _int([0, 0]), image_hw, _int([2, 3]))


def _resized(end: Nodes, image: str, original_hw: str, output: str | None = None) -> str:
    """A bilinear step to the original size."""
    shape = end.add("Concat", end.add("Shape", image, end=2), original_hw, axis=0)
    return end.add("Resize", image, "", "", shape, mode="linear", output=output)


def _along(end: Nodes, axis: int, image: str, image_hw: str, original_hw: str, output: str | None = None) -> str:
    """A bilinear step to the original size along rows (axis 0) or columns (axis 1), with PyTorch's very weights.

    The official pipeline asks which pixels a cell reaches at all, so that a weight must not be tiny where PyTorch's is
    zero. There a product and a difference are rounded together; in float64 the product is exact.
    """
    side, count = (end.add("Gather", size, _int(axis)) for size in (image_hw, original_hw))
    ratio = end.add("Div", end.add("Cast", side, to=_FLOAT), end.add("Cast", count, to=_FLOAT))
    pixels = end.add("Cast", end.add("Range", _int(0), count, _int(1)), to=_DOUBLE)
    centres = end.add("Mul", end.add("Add", pixels, np.array(0.5)), end.add("Cast", ratio, to=_DOUBLE))
    places = end.add("Cast", end.add("Sub", centres, np.array(0.5)), to=_FLOAT)
    places = end.add("Max", places, _float(0))
    last = end.add("Sub", side, _int(1))
    first = end.add("Min", end.add("Cast", end.add("Floor", places), to=_INT64), last)
    second = end.add("Min", end.add("Add", first, _int(1)), last)
    share = end.add("Sub", places, end.add("Cast", first, to=_FLOAT))
    share = end.add("Reshape", share, _int([-1, 1] if axis == 0 else [-1]))
    from_first = end.add("Mul", end.add("Gather", image, first, axis=2 + axis), end.add("Sub", _float(1), share))
    from_second = end.add("Mul", end.add("Gather", image, second, axis=2 + axis), share)
    return end.add("Add", from_first, from_second, output=output)


def _float(value: float) -> npt.NDArray[np.float32]:
    return np.array(value, np.float32)


def _int(value: int | list[int]) -> npt.NDArray[np.int64]:
    return np.array(value, np.int64)
