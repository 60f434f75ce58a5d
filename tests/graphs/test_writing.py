import copy
import logging
import sys
from pathlib import Path

import onnx
import pytest
import torch

from tests.graphs.running import ENGINES, decoder_inputs, in_onnxruntime, relative_error
from tests.modeling.networks import SMALL_TINY_VIT, SMALL_VIT, images, object_prompt, own_network, reference_network
from ultrasam.errors import InputError, MissingExtraError
from ultrasam.graphs import saving
from ultrasam.graphs.copying import copy_encoder
from ultrasam.graphs.tracing import OPSET
from ultrasam.graphs.writing import write_decoder, write_encoder
from ultrasam.modeling import vit
from ultrasam.modeling.config import SamConfig
from ultrasam.modeling.lora import add_lora
from ultrasam.modeling.prompts import ObjectPrompt, PromptTokens
from ultrasam.modeling.sam import Sam

SIZE = 128
METADATA = {"title": "a small network", "licence": "none"}
#: What a graph may differ from PyTorch: the order in which float32 is added.
TOLERANCE = 1e-5


def tiny(seed=0, **options) -> Sam:
    torch.manual_seed(seed)
    network = Sam(SamConfig(encoder=SMALL_TINY_VIT, **options)).eval()
    with torch.no_grad():
        # Biases, adapters and the like start as zeros, which would hide that they were lost.
        for parameter in network.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return network


def plain_vit() -> Sam:
    return own_network(reference_network(SMALL_VIT))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(scope="module")
def tiny_encoder(folder):
    network, path = tiny(), folder / "tiny" / "encoder.onnx"
    write_encoder(network, path, input_size=SIZE)
    return network, path


@pytest.fixture(scope="module")
def vit_encoder(folder):
    """With the heads one after the other, as they are at 1024 pixels."""
    network, path = plain_vit(), folder / "vit.onnx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vit, "GRAPH_BIAS_ELEMENTS", 100)
        write_encoder(network, path, input_size=SIZE)
    return network, path


@pytest.fixture
def single_decoder(folder, capfd, caplog):
    return made_in_silence(tiny(), folder / "single.onnx", capfd, caplog)


@pytest.fixture
def doubled_decoder(folder, capfd, caplog):
    return made_in_silence(tiny(token_mlp_residual="doubled"), folder / "doubled.onnx", capfd, caplog)


def made_in_silence(network, path, capfd, caplog):
    """A decoder's graph, which the first test that wants it makes for all."""
    if not path.exists():
        write_decoder(network, path, input_size=SIZE)
        assert_silent(capfd, caplog)
    return network, path


def assert_silent(capfd, caplog):
    assert capfd.readouterr() == ("", "")
    assert not [record for when in ("setup", "call") for record in caplog.get_records(when) if is_said(record)]


def is_said(record):
    return record.levelno >= logging.INFO


@pytest.fixture(params=["single", "doubled"])
def decoder(request):
    return request.getfixturevalue(f"{request.param}_decoder")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("made", ["tiny_encoder", "vit_encoder"])
def test_an_encoder_is_that_of_the_network(made, count, engine, request):
    network, path = request.getfixturevalue(made)
    given = images(count, SIZE)
    found = ENGINES[engine](path, {"images": given})
    with torch.no_grad():
        assert relative_error(found["image_embeddings"], network.encode_image(given)) < TOLERANCE


def test_the_encoders_of_one_image_and_many_agree(tiny_encoder):
    _, path = tiny_encoder
    given = images(3, SIZE)
    together = in_onnxruntime(path, {"images": given})["image_embeddings"]
    alone = in_onnxruntime(path, {"images": given[2:]})["image_embeddings"]
    assert relative_error(together[2:], alone) < TOLERANCE


def test_levels_with_adapters_and_low_rank_updates_of_a_network_in_training(folder):
    network = tiny(adapter_dim=4)
    add_lora(network, 2)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "lora_b" in name:
                parameter.normal_()
    network.train().bfloat16()
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    before = {key: value.clone() for key, value in network.state_dict().items()}

    write_encoder(network, folder / "levels.onnx", input_size=SIZE, gives="levels")

    assert all(module.training for module in network.modules())
    assert all(
        parameter.dtype == torch.bfloat16
        for name, parameter in network.image_encoder.named_parameters()
        if "bn" not in name
    )
    assert all(bool((parameter.grad == 1).all()) for parameter in network.parameters())
    assert before.keys() == network.state_dict().keys()
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    given = images(1, SIZE)
    found = in_onnxruntime(folder / "levels.onnx", {"images": given})
    with torch.no_grad():
        expected = copy.deepcopy(network).float().eval().image_encoder.levels(given)
    assert list(found) == [f"level_{index}" for index in range(4)]
    for level, wanted in zip(found.values(), expected, strict=True):
        assert relative_error(level, wanted) < TOLERANCE


#: Objects and images of a call; ragged, so that all but the longest prompt are padded.
CALLS = {
    "a point": ([{"points": 1}], 1),
    "a box with a mask": ([{"box": True, "mask": True}], 1),
    "ragged, in one image": (
        [{"points": 3}, {"box": True}, {"points": 1, "box": True, "mask": True}, {"points": 7}],
        1,
    ),
    "each in its own image": ([{"points": 1}, {"box": True, "mask": True}], 2),
    "only a mask": ([{"mask": True}, {"points": 1}], 2),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("call", CALLS)
def test_a_decoder_is_that_of_the_network(decoder, call, engine):
    network, path = decoder
    asked, image_count = CALLS[call]
    objects = [
        object_prompt(seed, size=SIZE, image_index=seed % image_count, **options) for seed, options in enumerate(asked)
    ]
    prompts = PromptTokens.pad(objects)
    embedding = torch.randn(image_count, 256, SIZE // 16, SIZE // 16, generator=torch.Generator().manual_seed(3))

    found = ENGINES[engine](path, decoder_inputs(embedding, prompts))

    with torch.no_grad():
        expected, tokens = network.decode_with_tokens(embedding, prompts)
    assert relative_error(found["low_res_masks"], expected.logits) < TOLERANCE
    assert relative_error(found["iou_predictions"], expected.iou) < TOLERANCE
    assert relative_error(found["tokens"], tokens) < TOLERANCE


def test_padding_changes_nothing(decoder):
    _, path = decoder
    prompt = object_prompt(0, points=2, size=SIZE)
    long = ObjectPrompt(torch.zeros(9, 2), torch.ones(9, dtype=torch.int64))
    embedding = torch.randn(1, 256, SIZE // 16, SIZE // 16, generator=torch.Generator().manual_seed(3))
    alone, padded = (
        in_onnxruntime(path, decoder_inputs(embedding, PromptTokens.pad(objects)))["low_res_masks"][0]
        for objects in ([prompt], [prompt, long])
    )
    assert relative_error(padded, alone) < TOLERANCE


def test_a_file_says_what_it_is_told_and_nothing_of_where_it_was_made(tiny_encoder, decoder, tmp_path):
    for _, path in (tiny_encoder, decoder):
        told = tmp_path / path.name
        copy_encoder(path, told, METADATA)
        for file, metadata in ((path, {}), (told, METADATA)):
            model = onnx.load(file)
            assert {entry.key: entry.value for entry in model.metadata_props} == metadata
            assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", OPSET)]
            content = file.read_bytes()
            assert not any(word in content for word in (b"ultrasam", b"modeling", b"torch/", b"site-packages"))


def test_sizes_that_are_open_have_names(tiny_encoder, decoder):
    def axes(path):
        graph = onnx.load(path).graph
        return {
            value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
            for value in (*graph.input, *graph.output)
        }

    assert axes(tiny_encoder[1]) == {"images": ["batch", 3, 128, 128], "image_embeddings": ["batch", 256, 8, 8]}
    assert axes(decoder[1]) == {
        "image_embeddings": ["batch", 256, 8, 8],
        "point_coords": ["objects", "slots", 2],
        "point_labels": ["objects", "slots"],
        "mask_input": ["objects", 1, 32, 32],
        "has_mask_input": ["objects"],
        "low_res_masks": ["objects", 4, 32, 32],
        "iou_predictions": ["objects", 4],
        "tokens": ["objects", 5, 256],
    }


def test_convolutions_have_their_normalisation_in_their_weights(tiny_encoder):
    graph = onnx.load(tiny_encoder[1]).graph
    constants = {value.name for value in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert convolutions
    assert all(set(node.input[1:]) <= constants for node in convolutions)
    assert "BatchNormalization" not in {node.op_type for node in graph.node}


def test_weights_too_large_for_one_file_lie_beside_it_and_nothing_is_said(
    vit_encoder, folder, monkeypatch, capfd, caplog
):
    monkeypatch.setattr(vit, "GRAPH_BIAS_ELEMENTS", 100)
    monkeypatch.setattr(saving, "SINGLE_FILE_BYTES", 1000)
    placed, replace = [], Path.replace
    monkeypatch.setattr(Path, "replace", lambda file, target: placed.append(target.name) or replace(file, target))
    network, one_file = vit_encoder
    place = folder / "large"
    write_encoder(network, place / "encoder.onnx", input_size=SIZE)
    assert sorted(file.name for file in place.iterdir()) == ["encoder.onnx", "encoder.onnx.data"]
    assert placed == ["encoder.onnx.data", "encoder.onnx"], "a graph without its weights is never there"
    assert (place / "encoder.onnx").stat().st_size < 500_000 < one_file.stat().st_size
    assert_silent(capfd, caplog)

    moved = place.rename(folder / "moved") / "encoder.onnx"
    given = images(1, SIZE)
    with torch.no_grad():
        expected = network.encode_image(given)
    for run in ENGINES.values():
        assert relative_error(run(moved, {"images": given})["image_embeddings"], expected) < TOLERANCE
    # Made twice, a graph is the same.
    again, before = onnx.load(moved).graph, onnx.load(one_file).graph
    assert [node.SerializeToString() for node in again.node] == [node.SerializeToString() for node in before.node]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "encoder.onnx").write_text("an older one")

    def fails(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(onnx.checker, "check_model", fails)
    monkeypatch.setattr("ultrasam.graphs.writing.traced", lambda *_: _made_up())
    with pytest.raises(OSError, match="full"):
        write_encoder(tiny(), tmp_path / "encoder.onnx", input_size=SIZE)
    assert [file.name for file in tmp_path.iterdir()] == ["encoder.onnx"]
    assert (tmp_path / "encoder.onnx").read_text() == "an older one"


def _made_up():
    """A graph that was made in no time."""
    from onnxscript import ir

    text = '<ir_version: 10, opset_import: ["": 20]> g (float[n] images) => (float[n] x) { x = Relu(images) }'
    model = ir.from_proto(onnx.parser.parse_model(text))
    return torch.onnx.ONNXProgram(model, None)


@pytest.mark.parametrize("size", [0, 100, -64])
@pytest.mark.parametrize("write", [write_encoder, write_decoder])
def test_sizes_that_no_network_takes(write, size, tmp_path):
    with pytest.raises(InputError, match="multiple of 64"):
        write(tiny(), tmp_path / "x.onnx", input_size=size)


def test_a_network_that_is_a_graph_already(tmp_path):
    network = tiny()
    network.image_encoder = torch.nn.Identity()
    with pytest.raises(InputError, match="Identity already"):
        write_encoder(network, tmp_path / "x.onnx", input_size=SIZE)


@pytest.mark.parametrize("missing", ["onnx", "onnxscript"])
def test_without_the_extra(missing, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=r"ultrasam\[fast\]"):
        write_encoder(tiny(), tmp_path / "x.onnx", input_size=SIZE)
