import numpy as np
import onnx

from tests.graphs.running import in_onnxruntime
from ultrasam.graphs.nodes import Nodes


def test_nodes_compute_in_their_order_under_names_of_their_own(tmp_path):
    nodes = Nodes("made")
    doubled = nodes.add("Mul", "x", np.array(2, np.float32))
    total = nodes.add("ReduceSum", nodes.add("Add", doubled, np.array(1, np.float32)), keepdims=0, output="total")
    assert total == "total"

    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes.nodes,
        "g",
        [value("x", onnx.TensorProto.FLOAT, ["n"])],
        [value("total", onnx.TensorProto.FLOAT, [])],
        nodes.constants,
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, tmp_path / "g.onnx")

    assert in_onnxruntime(tmp_path / "g.onnx", {"x": np.array([1, 2, 3], np.float32)})["total"] == 15
    names = [name for node in nodes.nodes for name in (node.name, *node.output)]
    names += [constant.name for constant in nodes.constants]
    assert len(set(names)) == len(names)
    assert all("made" in name for name in names if name != "total")
