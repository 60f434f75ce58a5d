from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from tests.modeling.networks import SMALL_TINY_VIT, SMALL_VIT, images, object_prompt
from ultrasam.errors import InputError
from ultrasam.modeling.config import SamConfig
from ultrasam.modeling.prompts import PromptTokens
from ultrasam.modeling.sam import Sam
from ultrasam.modeling.tiny_vit import ConvNorm
from ultrasam.training.trainable import (
    TrainableSettings,
    checkpoint_encoder,
    finished,
    keep_batch_norm_fixed,
    prepare,
)
from ultrasam.weights import Checkpoint, load_network, write_checkpoint

SIZE = 64
ENCODERS = pytest.mark.parametrize("encoder", [SMALL_VIT, SMALL_TINY_VIT], ids=["vit", "tiny_vit"])


def network(encoder):
    torch.manual_seed(0)
    return Sam(SamConfig(encoder=encoder))


def prompts():
    """Points of both kinds, a box and a mask, so that every part of the prompt encoder is used."""
    objects = [
        object_prompt(seed, points=4, box=seed == 1, mask=seed == 2, size=SIZE, image_index=0) for seed in range(3)
    ]
    return PromptTokens.pad(objects)


def loss_of(sam):
    prediction = sam(images(1, SIZE), prompts())
    return prediction.logits.square().mean() + prediction.iou.square().mean()


def trained(sam, steps=2):
    """Adam steps, two of them: the inner matrices of updates and adapters see a gradient when the outer is not zero."""
    sam.train()
    keep_batch_norm_fixed(sam)
    optimiser = torch.optim.Adam([parameter for parameter in sam.parameters() if parameter.requires_grad], lr=1e-2)
    for _ in range(steps):
        optimiser.zero_grad()
        loss_of(sam).backward()
        optimiser.step()
    return sam


def learns(what, name):
    """Whether a parameter shall change, told from its name."""
    if not name.startswith("image_encoder."):
        return True
    mark = {"all": "", "decoder": None, "lora": ".lora_", "adapters": "_adapter."}[what]
    return mark is not None and mark in name


@ENCODERS
@pytest.mark.parametrize("what", ["all", "decoder", "lora", "adapters"])
def test_what_shall_learn_changes_and_nothing_else(encoder, what):
    sam = prepare(network(encoder), TrainableSettings(what=what, lora_rank=2, adapter_dim=4), np.random.default_rng(0))
    before = {name: tensor.clone() for name, tensor in sam.state_dict().items()}
    trained(sam)
    parameters = dict(sam.named_parameters())
    for name, tensor in before.items():
        has_changed = not torch.equal(sam.state_dict()[name], tensor)
        # Running statistics are no parameters and stay, too.
        shall_change = name in parameters and learns(what, name)
        # The key's bias adds the same to every score of a query, which the softmax takes away again.
        if not name.endswith("k_proj.bias"):
            assert has_changed == shall_change, name
        assert name not in parameters or parameters[name].requires_grad == shall_change, name


@ENCODERS
@pytest.mark.parametrize("what", ["all", "decoder", "lora", "adapters"])
def test_what_is_finished_is_saved_and_loaded(encoder, what, tmp_path):
    plain = network(encoder)
    keys = list(plain.state_dict())
    settings = TrainableSettings(what=what, lora_rank=2, lora_alpha=3.0, lora_targets=("qkv", "proj"), adapter_dim=4)
    sam = trained(prepare(plain, settings))
    exported = finished(sam)
    assert what == "adapters" or list(exported.state_dict()) == keys
    assert exported.config.adapter_dim == (4 if what == "adapters" else 0)
    assert not exported.training
    assert all(parameter.requires_grad for parameter in exported.parameters())

    path = tmp_path / "trained.safetensors"
    write_checkpoint(path, Checkpoint(dict(exported.state_dict()), exported.config, "sam", "", {}, ""))
    loaded, _ = load_network(path)
    with torch.no_grad():
        expected = sam.eval()(images(1, SIZE), prompts())
        found = loaded(images(1, SIZE), prompts())
    torch.testing.assert_close(found.logits, expected.logits, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found.iou, expected.iou, rtol=1e-5, atol=1e-5)


def test_training_goes_on_after_a_copy_was_finished():
    sam = trained(prepare(network(SMALL_VIT), TrainableSettings(what="lora", lora_rank=2)))
    learning = {name for name, parameter in sam.named_parameters() if parameter.requires_grad}
    exported = finished(sam)
    saved = {name: tensor.clone() for name, tensor in exported.state_dict().items()}
    trained(sam, steps=1)
    assert {name for name, parameter in sam.named_parameters() if parameter.requires_grad} == learning
    assert all(torch.equal(exported.state_dict()[name], tensor) for name, tensor in saved.items())


@pytest.mark.parametrize(
    ("settings", "frozen"),
    [
        ({"train_decoder": False}, {"mask_decoder"}),
        ({"train_prompt_encoder": False}, {"prompt_encoder"}),
        ({"what": "decoder", "train_prompt_encoder": False}, {"image_encoder", "prompt_encoder"}),
    ],
)
def test_parts_can_be_left_frozen(settings, frozen):
    sam = prepare(network(SMALL_TINY_VIT), TrainableSettings(**settings))
    for name, parameter in sam.named_parameters():
        assert parameter.requires_grad == (name.partition(".")[0] not in frozen), name


@pytest.mark.parametrize(
    ("encoder", "beginnings"),
    [
        (SMALL_VIT, ("patch_embed.", "pos_embed", "blocks.0.")),
        (SMALL_TINY_VIT, ("patch_embed.", "layers.0.")),
    ],
    ids=["vit", "tiny_vit"],
)
@pytest.mark.parametrize("what", ["all", "adapters"])
def test_the_first_stages_can_stay_frozen(encoder, beginnings, what):
    sam = prepare(network(encoder), TrainableSettings(what=what, adapter_dim=4, frozen_stages=1))
    for name, parameter in sam.image_encoder.named_parameters():
        shall_learn = not name.startswith(beginnings) and learns(what, f"image_encoder.{name}")
        assert parameter.requires_grad == shall_learn, name


def test_an_adapted_network_is_trained_further():
    sam = finished(trained(prepare(network(SMALL_VIT), TrainableSettings(what="adapters", adapter_dim=4))))
    before = {name: tensor.clone() for name, tensor in sam.state_dict().items()}
    again = prepare(sam, TrainableSettings(what="adapters", adapter_dim=4))
    assert all(torch.equal(again.state_dict()[name], tensor) for name, tensor in before.items())
    for name, parameter in again.named_parameters():
        assert parameter.requires_grad == learns("adapters", name), name


@pytest.mark.parametrize("what", ["lora", "adapters"])
def test_first_weights_come_from_the_generator_alone(what):
    def states(seed):
        sam = network(SMALL_VIT)
        torch.manual_seed(seed)
        return prepare(sam, TrainableSettings(what=what), np.random.default_rng(3)).state_dict()

    first, second = states(1), states(2)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_batch_normalisations_stay_fixed_and_learn_their_scale():
    """Folded outside training, its gradients are those of the normalisation written out."""
    torch.manual_seed(0)
    layer = ConvNorm(3, 5, kernel_size=3).train()
    with torch.no_grad():
        layer.bn.running_mean.normal_()
        layer.bn.running_var.uniform_(0.5, 2)
    running = layer.bn.running_mean.clone(), layer.bn.running_var.clone()
    keep_batch_norm_fixed(layer)
    features, weights = torch.randn(2, 3, 8, 8), torch.randn(2, 5, 8, 8)
    learned = [layer.c.weight, layer.bn.weight, layer.bn.bias]
    found = torch.autograd.grad((weights * layer(features)).sum(), learned)

    mean, deviation = (t[:, None, None] for t in (layer.bn.running_mean, (layer.bn.running_var + layer.bn.eps).sqrt()))
    normalised = (layer.c(features) - mean) / deviation
    by_hand = normalised * layer.bn.weight[:, None, None] + layer.bn.bias[:, None, None]
    expected = torch.autograd.grad((weights * by_hand).sum(), learned)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
    assert torch.equal(layer.bn.running_mean, running[0])
    assert torch.equal(layer.bn.running_var, running[1])
    assert layer.training


@ENCODERS
def test_recomputed_blocks_have_the_same_gradients(encoder):
    sam = prepare(network(encoder), TrainableSettings()).train()
    keep_batch_norm_fixed(sam)
    calls = []
    blocks = sam.image_encoder.blocks if encoder is SMALL_VIT else sam.image_encoder.layers[1].blocks
    blocks[0].attn.register_forward_hook(lambda *_: calls.append(1))
    gradients, counts, keys = [], [], []
    for enabled in (False, True):
        checkpoint_encoder(sam, enabled)
        sam.zero_grad()
        calls.clear()
        loss_of(sam).backward()
        counts.append(len(calls))
        gradients.append([parameter.grad.clone() for parameter in sam.parameters()])
        keys.append(list(sam.state_dict()))
    assert counts == [1, 2], "only if the block runs again in the backward pass is anything compared"
    assert keys[0] == keys[1]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)
    exported = finished(sam).image_encoder
    assert not any(getattr(module, "recomputes", False) for module in exported.modules())


@pytest.mark.parametrize(
    "settings",
    [
        {"what": "everything"},
        {"lora_rank": 0},
        {"lora_targets": ()},
        {"lora_targets": ("mlp",)},
        {"lora_alpha": 0},
        {"adapter_dim": 0},
        {"frozen_stages": -1},
        {"what": "decoder", "train_prompt_encoder": False, "train_decoder": False},
    ],
)
def test_settings_out_of_bounds_are_refused(settings):
    with pytest.raises(ValidationError):
        TrainableSettings(**settings)


def test_what_does_not_fit_the_network_is_said():
    with pytest.raises(InputError, match="at most 2 frozen_stages"):
        prepare(network(SMALL_VIT), TrainableSettings(frozen_stages=3))
    adapted = prepare(network(SMALL_VIT), TrainableSettings(what="adapters", adapter_dim=4))
    with pytest.raises(InputError, match="some of 4"):
        prepare(adapted, TrainableSettings(what="adapters", adapter_dim=8))
    with pytest.raises(InputError, match="merge them first"):
        prepare(prepare(network(SMALL_VIT), TrainableSettings(what="lora")), TrainableSettings(what="lora"))
