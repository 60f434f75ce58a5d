import subprocess
import sys

import pytest
import torch

from tests.modeling.networks import decode_one, images, object_prompt
from tests.weights.small_networks import segment_anything_state_dict, small_official_state_dict
from ultrasam.modeling.sam import Sam
from ultrasam.weights import DEFAULT, load_network, read_checkpoint, resolve


@pytest.fixture(params=["bundled", "segment-anything", "official"])
def weights_file(request, tmp_path):
    if request.param == "bundled":
        return resolve(DEFAULT)
    is_official = request.param == "official"
    torch.save(small_official_state_dict() if is_official else segment_anything_state_dict(), tmp_path / "x.pth")
    return tmp_path / "x.pth"


def test_a_loaded_network_is_one_that_was_built_and_filled(weights_file):
    network, checkpoint = load_network(weights_file)
    read = read_checkpoint(weights_file)
    filled = Sam(read.config).eval()
    filled.load_state_dict(read.state_dict)
    assert list(checkpoint.state_dict) == list(filled.state_dict())
    for name, parameter in filled.named_parameters():
        found = network.get_parameter(name)
        assert (found.requires_grad, found.is_leaf, found.dtype) == (True, True, parameter.dtype), name
        assert torch.equal(found, parameter), name
    for name, buffer in filled.named_buffers():
        assert (network.get_buffer(name).dtype, network.get_buffer(name).device) == (buffer.dtype, buffer.device), name
        assert torch.equal(network.get_buffer(name), buffer), name
    with torch.no_grad():
        image, prompt = images(1, 128), object_prompt(1, points=2, box=True, mask=True, size=128)
        embedding = filled.encode_image(image)
        assert torch.equal(network.encode_image(image), embedding)
        for found, expected in zip(
            decode_one(network, embedding, prompt), decode_one(filled, embedding, prompt), strict=True
        ):
            assert torch.equal(found, expected)


def test_weights_are_held_once(weights_file):
    network, checkpoint = load_network(weights_file)
    for name, tensor in network.state_dict().items():
        assert tensor.data_ptr() == checkpoint.state_dict[name].data_ptr(), name
    memory = {tensor.untyped_storage().data_ptr() for tensor in network.state_dict().values()}
    assert len(memory) == len(network.state_dict()), "no two weights may change together"


def test_a_counter_that_was_stored_as_a_float_counts_again(tmp_path):
    state_dict = read_checkpoint(resolve(DEFAULT)).state_dict
    torch.save({key: tensor.half() for key, tensor in state_dict.items()}, tmp_path / "x.pt")
    network, _ = load_network(tmp_path / "x.pt")
    assert network.get_buffer("image_encoder.patch_embed.seq.0.bn.num_batches_tracked").dtype == torch.int64


def test_initial_weights_are_drawn_as_ever_afterwards():
    load_network()
    torch.manual_seed(0)
    first = torch.nn.Linear(3, 3).weight
    torch.manual_seed(0)
    assert torch.equal(torch.nn.Linear(3, 3).weight, first)
    assert first.abs().max() < 1
    assert first.unique().numel() == 9


def test_loading_does_not_import_pytorchs_compiler():
    program = "import sys, ultrasam.weights as w; w.load_network(); assert 'torch._dynamo' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
