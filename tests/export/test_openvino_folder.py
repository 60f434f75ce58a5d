import json

import numpy as np
import onnx
import openvino
import pytest

from tests.backends.lending import lend
from tests.export.small_weights import METADATA, own_answer, run_program, vit, write
from tests.inference.small_model import GRAPHS_SEED, small_segmenter
from ultrasam.errors import MissingExtraError
from ultrasam.export import export_openvino
from ultrasam.export.openvino_folder import convert

#: Not the one that the weights were trained at.
SIZE = 256
#: This processor's own choice may be bfloat16; the comparison is of the graphs.
EXACT = {"INFERENCE_PRECISION_HINT": "f32"}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    weights = write(tmp_path_factory.mktemp("weights") / "small.safetensors", vit(seed=GRAPHS_SEED), input_size=128)
    small = small_segmenter(seed=GRAPHS_SEED)
    for part in ("embedding", "decoder"):
        lend(part, (small.network, small.checkpoint), weights, SIZE)
    return weights


@pytest.fixture(scope="module")
def written(weights, tmp_path_factory):
    return export_openvino(weights, tmp_path_factory.mktemp("openvino") / "folder", input_size=SIZE)


@pytest.fixture
def exact(monkeypatch):
    compile_model = openvino.Core.compile_model
    monkeypatch.setattr(
        openvino.Core, "compile_model", lambda self, *words, **options: compile_model(self, *words, EXACT, **options)
    )


def test_the_program_in_the_readme_gives_the_same_mask(weights, written, exact, monkeypatch):
    own = own_answer(weights, input_size=SIZE)
    found = run_program(written.path, monkeypatch)
    assert (found != own.mask).mean() < 1e-4


def test_both_graphs_say_what_they_are(written):
    for part in ("encoder", "decoder"):
        model = openvino.Core().read_model(written.path / f"{part}.xml")
        assert model.get_rt_info(["ultrasam", "licence"]).value == METADATA["licence"]
        assert model.get_rt_info(["ultrasam", "precision"]).value == "fp32"
        assert json.loads(model.get_rt_info(["ultrasam", "image"]).value)["std"] == [58.395, 57.12, 57.375]


def test_the_folder_is_complete_and_says_nothing_of_where_it_was_made(written, weights):
    names = ["LICENSE", "README.md", "decoder.bin", "decoder.xml", "encoder.bin", "encoder.xml", "ultrasam.json"]
    assert sorted(written.files) == names
    for name in names:
        content = (written.path / name).read_bytes()
        assert b".partial" not in content
        assert str(weights.parent).encode() not in content
        assert str(written.path.parent).encode() not in content
    assert json.loads((written.path / "ultrasam.json").read_text())["precision"] == "fp32"


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_fp16_halves_the_weights(tmp_path, precision):
    weights = np.random.default_rng(0).normal(size=(100, 100)).astype(np.float32)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x", "weights"], ["y"])],
        "product",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", 100])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["batch", 100])],
        [onnx.numpy_helper.from_array(weights, "weights")],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)]), tmp_path / "a.onnx")
    convert(tmp_path / "a.onnx", tmp_path, {"licence": "MIT"}, precision=precision)
    assert (tmp_path / "a.bin").stat().st_size == {"fp32": 40_000, "fp16": 20_000}[precision]
    product = openvino.Core().compile_model(tmp_path / "a.xml", "CPU", EXACT)
    found = product(np.eye(100, dtype=np.float32))["y"]
    np.testing.assert_allclose(found, weights, rtol=1e-3 if precision == "fp16" else 0, atol=1e-6)


def test_the_batch_is_free(written):
    encoder = openvino.Core().compile_model(written.path / "encoder.xml", "CPU", EXACT)
    images = np.random.default_rng(0).normal(size=(3, 3, SIZE, SIZE)).astype(np.float32)
    together = encoder(images)["image_embeddings"]
    alone = np.concatenate([encoder(image[None])["image_embeddings"] for image in images])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-4)


def test_a_plain_install_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"ultrasam\[fast\]"):
        export_openvino("ultrasam-tiny", tmp_path / "openvino")
    assert not list(tmp_path.iterdir())
