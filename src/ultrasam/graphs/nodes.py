"""Building a part of a graph by hand, one operator after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from ultrasam.extras import require

if TYPE_CHECKING:
    import onnx

#: The name of a tensor in the graph, "" for an input that is left out, or a constant.
Operand: TypeAlias = "str | npt.NDArray[np.generic]"


class Nodes:
    """Nodes and constants, whose names all begin alike.

    Attributes:
        nodes: in the order in which they are computed.
        constants: what nodes read beside each other's outputs and the graph's inputs.
    """

    def __init__(self, prefix: str) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._prefix = prefix
        self._helper = require("onnx.helper", needed_for="ONNX graphs")
        self._from_array = require("onnx.numpy_helper", needed_for="ONNX graphs").from_array

    def add(self, operator: str, *inputs: Operand, output: str | None = None, **attributes: str | int) -> str:
        """Add a node.

        Args:
            operator: its type.
            inputs: what it reads.
            output: name of the only tensor that it gives; one is made up by default.
            attributes: its attributes.

        Returns:
            the name of the tensor that it gives.
        """
        read = [operand if isinstance(operand, str) else self._constant(operand) for operand in inputs]
        name = f"{self._prefix}_{operator.lower()}_{len(self.nodes)}"
        given = output or name
        self.nodes.append(self._helper.make_node(operator, read, [given], name=f"node_{name}", **attributes))
        return given

    def _constant(self, value: npt.NDArray[np.generic]) -> str:
        name = f"{self._prefix}_constant_{len(self.constants)}"
        self.constants.append(self._from_array(value, name))
        return name
