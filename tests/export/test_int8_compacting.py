import numpy as np
import onnx
import onnxruntime

from ultrasam.export.int8_compacting import share_repeated_columns


def test_columns_that_repeat_are_written_once_and_all_numbers_stay():
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 50, (64, 64))
    biases = [rng.standard_normal((1, 5, 50)).astype(np.float32)[..., numbers] for _ in range(2)]
    distinct = rng.standard_normal((1, 5, 64, 64)).astype(np.float32)
    constants = {"a": biases[0], "b": biases[1], "c": distinct}
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [helper.make_node("Add", ["x", name], [f"y_{name}"]) for name in constants]
    x = helper.make_tensor_value_info("x", kind, [1, 5, 64, 64])
    outputs = [helper.make_tensor_value_info(f"y_{name}", kind, [1, 5, 64, 64]) for name in constants]
    initializers = [onnx.numpy_helper.from_array(values, name) for name, values in constants.items()]
    made = helper.make_graph(nodes, "sums", [x], outputs, initializers)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    before = model.ByteSize()
    share_repeated_columns(model)
    onnx.checker.check_model(model)
    assert model.ByteSize() < before - 2 * 60_000
    assert model.graph.initializer[0].name == "c"
    zeros = np.zeros((1, 5, 64, 64), np.float32)
    found = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": zeros})
    for values, expected in zip(found, constants.values(), strict=True):
        np.testing.assert_array_equal(values, expected)
