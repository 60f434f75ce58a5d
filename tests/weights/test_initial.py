from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from tests.references import shared
from ultrasam.errors import InputError, WeightsError
from ultrasam.modeling.config import TINY_VIT, SamConfig
from ultrasam.modeling.sam import Sam
from ultrasam.weights import DEFAULT, initial_network, load_network, read_checkpoint, resolve, write_checkpoint
from ultrasam.weights.hashing import sha256_of
from ultrasam.weights.initial import answers_prompts


def test_random_weights_hang_on_the_seed_alone():
    before = torch.get_rng_state()
    first, told = initial_network("random", seed=1)
    torch.randn(3)
    again, told_again = initial_network("random", seed=1)
    other, told_other = initial_network("random", seed=2)
    torch.set_rng_state(before)
    assert all(torch.equal(tensor, again.state_dict()[key]) for key, tensor in first.state_dict().items())
    assert told.sha256 == told_again.sha256 != told_other.sha256
    for part in ("image_encoder.layers.1.blocks.0.attn.qkv.weight", "mask_decoder.iou_token.weight"):
        assert not torch.equal(first.state_dict()[part], other.state_dict()[part])


def test_random_weights_leave_pytorchs_generator_alone():
    torch.manual_seed(5)
    expected = torch.randn(4)
    torch.manual_seed(5)
    initial_network("random", seed=1)
    assert torch.equal(torch.randn(4), expected)


def test_random_weights_say_what_they_are(tmp_path):
    network, checkpoint = initial_network("random", seed=4)
    assert type(network) is Sam
    assert not network.training
    assert checkpoint.config == network.config == SamConfig(encoder=TINY_VIT)
    assert (checkpoint.pipeline, checkpoint.input_size, checkpoint.format) == ("sam", 512, "random")
    assert checkpoint.metadata["title"] == "random weights, tiny_vit, seed 4"
    assert not answers_prompts(checkpoint)
    assert checkpoint.state_dict["mask_decoder.iou_token.weight"].data_ptr() == (
        network.mask_decoder.iou_token.weight.data_ptr()
    )
    write_checkpoint(tmp_path / "random.safetensors", checkpoint)
    assert read_checkpoint(tmp_path / "random.safetensors").config == checkpoint.config


def test_an_encoder_that_is_unknown_is_said():
    with pytest.raises(InputError, match="one of tiny_vit, vit_b, but got 'resnet'"):
        initial_network("random", encoder="resnet")


@pytest.mark.parametrize("given", [DEFAULT, "path"])
def test_promptable_weights_are_loaded(given):
    network, checkpoint = initial_network(resolve(DEFAULT) if given == "path" else given)
    assert answers_prompts(checkpoint)
    expected, known = load_network(DEFAULT)
    assert (checkpoint.sha256, checkpoint.input_size) == (known.sha256, known.input_size)
    assert all(torch.equal(tensor, network.state_dict()[key]) for key, tensor in expected.state_dict().items())


@pytest.fixture(scope="module")
def tiny_vit():
    """An encoder as TinyViT's authors publish it; without counters, as old files are."""
    tensors = read_checkpoint(shared("weights/mobile_sam.safetensors")).state_dict
    return {
        key.removeprefix("image_encoder."): tensor
        for key, tensor in tensors.items()
        if key.startswith("image_encoder.") and ".neck." not in key and not key.endswith("num_batches_tracked")
    }


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_a_classifiers_encoder_is_put_into_a_random_network(tiny_vit, ending, tmp_path):
    path = tmp_path / f"classifier.{ending}"
    if ending == "pth":
        torch.save({"model": tiny_vit | {"head.weight": torch.zeros(1000, 320)}}, path)
    else:
        save_file(tiny_vit, path)
    network, checkpoint = initial_network(path, seed=7)
    assert checkpoint.sha256 == sha256_of(path)
    assert checkpoint.metadata == {
        "title": f"classifier.{ending} (TinyViT-5M, its authors' keys)",
        "licence": "unknown: ask whoever published the file",
    }
    assert (checkpoint.input_size, checkpoint.pipeline) == (512, "sam")
    assert not answers_prompts(checkpoint)
    random = initial_network("random", seed=7)[0].state_dict()
    for key, tensor in network.state_dict().items():
        assert torch.equal(tensor, tiny_vit.get(key.removeprefix("image_encoder."), random[key])), key


def test_the_classifiers_encoder_sees_what_it_saw(tiny_vit, tmp_path):
    save_file(tiny_vit, tmp_path / "x.safetensors")
    network, _ = initial_network(tmp_path / "x.safetensors")
    known, _ = load_network(shared("weights/mobile_sam.safetensors"))
    images = torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for level, expected in zip(
            network.image_encoder.levels(images), known.image_encoder.levels(images), strict=True
        ):
            assert torch.equal(level, expected)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layers.3.blocks.1.mlp.fc2.bias": None}, "1 tensors are missing.*layers.3.blocks.1.mlp.fc2.bias"),
        ({"layers.3.blocks.1.mlp.fc2.bias": torch.ones(7)}, "1 tensors do not fit.*layers.3.blocks.1.mlp.fc2.bias"),
        ({"layers.3.blocks.2.mlp.fc2.bias": torch.ones(320)}, "1 tensors do not fit.*layers.3.blocks.2"),
        ({"stem.weight": torch.ones(1)}, "counterpart, but got 'stem.weight'"),
    ],
)
def test_a_classifier_of_another_shape_is_said(tiny_vit, change, said, tmp_path):
    tensors = {key: tensor for key, tensor in (tiny_vit | change).items() if tensor is not None}
    save_file(tensors, tmp_path / "x.safetensors")
    with pytest.raises(WeightsError, match=rf"Cannot begin with x.safetensors: of classifiers, timm's.*{said}"):
        initial_network(tmp_path / "x.safetensors")


def test_what_is_nothing_known_is_said_with_what_is_accepted(tmp_path):
    save_file({"layer1.0.conv1.weight": torch.ones(64, 64, 3, 3)}, tmp_path / "resnet.safetensors")
    with pytest.raises(WeightsError, match=r"segment-anything.*Beside promptable weights, timm's or torchvision's ViT"):
        initial_network(tmp_path / "resnet.safetensors")


def test_weights_that_are_not_there_are_said(tmp_path):
    with pytest.raises(WeightsError, match="but there is no"):
        initial_network(tmp_path / "none.pth")
