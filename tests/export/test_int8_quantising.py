import logging
import os
import subprocess
import sys

import onnx

from ultrasam.export.int8_quantising import kept_in_float, quiet_nncf


def model_of(nodes, *constants):
    """A graph of nodes ``(operator, inputs, output)``; shapes do not matter."""
    kind = onnx.TensorProto.FLOAT
    made = [onnx.helper.make_node(operator, list(inputs), [output], name=output) for operator, inputs, output in nodes]
    initializers = [onnx.helper.make_tensor(name, kind, [1], [0.0]) for name in constants]
    ends = [onnx.helper.make_tensor_value_info(name, kind, None) for name in ("images", nodes[-1][2])]
    return onnx.helper.make_model(onnx.helper.make_graph(made, "made", ends[:1], ends[1:], initializers))


def test_first_convolutions_and_products_of_two_changing_sides_stay_in_float():
    nodes = [
        # A graph asks for the number of images, which is no part of the way through it.
        ("Shape", ["images"], "count"),
        ("Conv", ["images", "w1"], "stem1"),
        ("Gelu", ["stem1"], "active"),
        ("Conv", ["active", "w2"], "stem2"),
        ("Transpose", ["stem2"], "tokens"),
        # The block: its input is added to what it makes.
        ("Conv", ["tokens", "w3"], "query"),
        ("MatMul", ["query", "w4"], "key"),
        ("MatMul", ["query", "key"], "similarities"),
        ("Add", ["tokens", "similarities"], "sum"),
        ("MatMul", ["sum", "w5"], "end"),
    ]
    assert kept_in_float(model_of(nodes, "w1", "w2", "w3", "w4", "w5")) == ["stem1", "stem2", "similarities"]


def test_a_graph_without_a_block_has_an_end():
    assert kept_in_float(model_of([("Conv", ["images", "w1"], "end")], "w1")) == ["end"]


def test_nncf_tells_nobody_that_it_is_used():
    """In a process of its own, as nncf is silent by itself where it sees pytest."""
    program = (
        "import os\n"
        "from ultrasam.export.int8_quantising import quiet_nncf\n"
        "quiet_nncf()\n"
        "from nncf.telemetry import telemetry\n"
        "print(type(telemetry).__name__, 'NNCF_CI' in os.environ)\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NNCF")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["MagicMock", "False"]


def test_who_listens_to_nncf_goes_on_listening_to_others():
    quiet_nncf()
    logger, handler = logging.getLogger("nncf"), logging.NullHandler()
    logger.addHandler(handler)
    try:
        quiet_nncf()
        assert logger.level == logging.ERROR
        assert handler.level == logging.NOTSET
    finally:
        logger.removeHandler(handler)
