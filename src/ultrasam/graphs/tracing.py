"""From PyTorch modules to ONNX, without a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ultrasam.extras import require
from ultrasam.silence import silence

#: Version of the operators. The newest that ONNX Runtime's builds for browsers, OpenVINO and nncf know all of.
OPSET = 20
#: Constants of up to so many numbers are computed when a graph is made: any layer's weights.
FOLDED_ELEMENTS = 2**24
#: Loggers of what makes graphs.
_LOGGERS = ("torch", "onnx", "onnxscript", "onnx_ir")
#: Modules of what makes graphs, which warn; the last in the name of another's deprecated class.
_MODULES = r"(torch|onnx|onnxscript|onnx_ir|copyreg)\b"


def traced(
    module: nn.Module,
    inputs: Mapping[str, tuple[Tensor, dict[int, str]]],
    output_names: Sequence[str],
) -> torch.onnx.ONNXProgram:
    """A module's graph.

    Args:
        module: in evaluation mode, float32 on the CPU.
        inputs: by name, in the order of the module's arguments: an example, and the names of its axes that may
            have any size. Axes of one name have one size, which in the example is none of 0 and 1.
        output_names: one for each tensor that the module gives.

    Raises:
        MissingExtraError: ONNX is not installed.
    """
    for package in ("onnx", "onnxscript"):
        require(package, needed_for="ONNX graphs")
    axes = {name: torch.export.Dim(name) for _, named in inputs.values() for name in named.values()}
    shapes = [{axis: axes[name] for axis, name in named.items()} for _, named in inputs.values()]
    # The exporter advises to install torchvision, and warns of each axis that another's name stands for.
    with silence(loggers=_LOGGERS, modules=_MODULES), torch.no_grad():
        # By itself, the ONNX exporter would fix an axis that the module cannot leave open, and say nothing.
        program = torch.export.export(module, tuple(example for example, _ in inputs.values()), dynamic_shapes=shapes)
        graph = torch.onnx.export(
            program,
            dynamo=True,
            opset_version=OPSET,
            input_names=list(inputs),
            output_names=list(output_names),
            dynamic_shapes=shapes,
            optimize=False,
            verbose=False,
        )
        if graph is None:
            raise TypeError("Expected a graph of torch.onnx.export(dynamo=True), but got none.")
        _simplify(graph)
    return graph


def _simplify(graph: torch.onnx.ONNXProgram) -> None:
    """Compute what hangs on weights alone, and forget where in whose sources each node was made."""
    optimizer = require("onnxscript.optimizer", needed_for="ONNX graphs")
    # The default limits leave normalisations beside convolutions.
    optimizer.optimize(graph.model, input_size_limit=FOLDED_ELEMENTS, output_size_limit=FOLDED_ELEMENTS)
    for node in graph.model.graph.all_nodes():
        node.metadata_props.clear()
        node.doc_string = None
        for value in node.outputs:
            value.metadata_props.clear()
    for value in (*graph.model.graph.inputs, *graph.model.graph.initializers.values()):
        value.metadata_props.clear()
    graph.model.graph.metadata_props.clear()
    graph.model.metadata_props.clear()
