from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tests.modeling.networks import SMALL_TINY_VIT, SMALL_VIT, images, object_prompt
from ultrasam.errors import InputError
from ultrasam.modeling.adapters import add_adapters
from ultrasam.modeling.config import SamConfig
from ultrasam.modeling.finetuned import HEAD_PREFIX, FinetunedSam, with_head
from ultrasam.modeling.heads.config import HeadConfig
from ultrasam.modeling.heads.instance import mask2former_config
from ultrasam.modeling.lora import add_lora, merge_lora
from ultrasam.modeling.prompts import PromptTokens
from ultrasam.modeling.sam import Sam

HEADS = {
    "average": HeadConfig("pooled", 3),
    "attention": HeadConfig("pooled", 3, pooling="attention"),
    "prompted": HeadConfig("prompted", 3),
    "semantic": HeadConfig("semantic", 3, width=16),
    "instance": HeadConfig("instance", 3, width=32, queries=6, decoder_layers=2, encoder_layers=1),
}
SIZE = 128


@pytest.fixture(params=[SMALL_VIT, SMALL_TINY_VIT], ids=["vit", "tiny_vit"])
def sam(request):
    torch.manual_seed(0)
    return Sam(SamConfig(encoder=request.param)).eval()


@pytest.fixture(params=HEADS.values(), ids=HEADS)
def network(request, sam):
    return with_head(sam, request.param)


def three_prompts():
    """Of three objects in two images."""
    return PromptTokens.pad(
        [
            object_prompt(1, points=2, size=SIZE),
            object_prompt(2, box=True, size=SIZE, image_index=1),
            object_prompt(3, points=1, mask=True, size=SIZE, image_index=1),
        ]
    )


def apply(network, features):
    prompts = three_prompts() if network.head_config.kind == "prompted" else None
    return network.apply_head(features, prompts=prompts)


def test_the_network_stays_the_one_it_was(sam, network):
    assert all(network.get_parameter(name) is parameter for name, parameter in sam.named_parameters())
    added = {name for name, _ in network.named_parameters()} - {name for name, _ in sam.named_parameters()}
    assert all(name.startswith(HEAD_PREFIX) for name in added)
    assert added
    assert not network.training
    prediction = network(images(1, SIZE), PromptTokens.pad([object_prompt(1, points=1, size=SIZE)]))
    expected = sam(images(1, SIZE), PromptTokens.pad([object_prompt(1, points=1, size=SIZE)]))
    assert torch.equal(prediction.logits, expected.logits)


def test_every_head_answers_in_its_shapes(network):
    features = network.encode_for_head(images(2, SIZE))
    output = apply(network, features)
    shapes = {
        "pooled": ((2, 3), None),
        "prompted": ((3, 3), None),
        "semantic": (None, (2, 4, SIZE // 4, SIZE // 4)),
        "instance": ((2, 6, 4), (2, 6, SIZE // 4, SIZE // 4)),
    }
    found = tuple(
        None if logits is None else tuple(logits.shape) for logits in (output.class_logits, output.mask_logits)
    )
    kind = network.head_config.kind
    assert found == shapes[kind]
    assert (output.masks is not None) == (kind == "prompted")
    assert len(output.auxiliary) == (2 if kind == "instance" else 0)


def test_a_prompted_head_gives_the_masks_that_decoding_gives(sam):
    network = with_head(sam, HEADS["prompted"])
    features = network.encode_for_head(images(2, SIZE))
    masks = network.apply_head(features, prompts=three_prompts()).masks
    expected = network.decode(features[0], three_prompts())
    assert torch.equal(masks.logits, expected.logits)
    assert torch.equal(masks.iou, expected.iou)


def test_the_class_of_a_prompted_object_hangs_on_the_prompt(sam):
    network = with_head(sam, HEADS["prompted"])
    features = network.encode_for_head(images(1, SIZE))
    asked = [
        network.apply_head(features, prompts=PromptTokens.pad([object_prompt(seed, points=1, size=SIZE)])).class_logits
        for seed in (1, 2)
    ]
    assert not torch.allclose(*asked, atol=1e-4)


def test_a_pooled_head_looks_inside_the_image_only(sam):
    network = with_head(sam, HEADS["average"])
    (embedding,) = network.encode_for_head(images(1, SIZE))
    inside = torch.zeros(1, 1, 8, 8, dtype=torch.bool)
    inside[..., :5, :] = True
    padded = torch.where(inside, embedding, 7.0)
    found = network.apply_head((padded,), inside=inside).class_logits
    torch.testing.assert_close(found, network.apply_head((embedding,), inside=inside).class_logits)


def test_features_that_were_kept_in_half_precision_fit(network):
    features = network.encode_for_head(images(2, SIZE))
    kept = apply(network, [feature.half() for feature in features])
    exact = apply(network, features)
    logits = "mask_logits" if network.head_config.kind == "semantic" else "class_logits"
    torch.testing.assert_close(getattr(kept, logits), getattr(exact, logits), rtol=0, atol=0.05)


def test_half_precision_trains(network):
    network.to(torch.bfloat16).train()
    output = apply(network, network.encode_for_head(images(2, SIZE).bfloat16()))
    sum(logits.square().mean() for logits in (output.class_logits, output.mask_logits) if logits is not None).backward()
    for name, parameter in network.named_parameters():
        if name.startswith(HEAD_PREFIX) and parameter.grad is not None:
            assert parameter.grad.isfinite().all(), name
    assert any(parameter.grad is not None for parameter in network.image_encoder.parameters())


def test_a_head_takes_the_place_of_another(sam):
    network = with_head(with_head(sam, HEADS["semantic"]), HEADS["average"])
    assert network.head_config == HEADS["average"]
    assert network.encode_for_head(images(1, SIZE))[0].shape == (1, 256, 8, 8)


def test_adapters_and_low_rank_updates_stay(sam):
    add_adapters(sam, 4)
    add_lora(sam, 2)
    with torch.no_grad():
        for name, parameter in sam.named_parameters():
            if "lora_b" in name or "adapter.up" in name:
                parameter.normal_(std=0.1)
    network = with_head(sam, HEADS["semantic"])
    assert network.config.adapter_dim == 4
    with torch.no_grad():
        found = apply(network, network.encode_for_head(images(1, SIZE))).mask_logits
        merge_lora(network)
        folded = FinetunedSam(network.config, network.head_config).eval()
        folded.load_state_dict(network.state_dict())
        merged = apply(folded, folded.encode_for_head(images(1, SIZE))).mask_logits
    torch.testing.assert_close(merged, found, rtol=0, atol=1e-3)


def test_what_does_not_fit_the_head_is_said(sam):
    network = with_head(sam, HEADS["semantic"])
    with pytest.raises(InputError, match="S a multiple of 64"):
        network.encode_for_head(images(1, 100))
    with pytest.raises(InputError, match="Expected 4 feature maps for a semantic head, but got 1"):
        network.apply_head((torch.zeros(1, 256, 8, 8),))
    with pytest.raises(InputError, match="no other, but got some for a semantic head"):
        network.apply_head(network.encode_for_head(images(1, SIZE)), prompts=three_prompts())
    prompted = with_head(sam, HEADS["prompted"])
    with pytest.raises(InputError, match="prompted head and no other, but got none"):
        prompted.apply_head(prompted.encode_for_head(images(1, SIZE)))


def test_every_head_learns_what_is_to_be_seen(sam):
    """Bright squares of two sizes: which size is it, where is it? The encoder stays as it is.

    A random mask decoder's tokens hardly look at the image, so it learns, too, where they are read.
    """
    pictures, sizes, masks = squares()
    for name, config in HEADS.items():
        torch.manual_seed(1)
        network = with_head(sam, HeadConfig(**{**vars(config), "outputs": 2}))
        with torch.no_grad():
            features = network.encode_for_head(pictures)
        trained = [*network.head.parameters()]
        if name == "prompted":
            trained += network.mask_decoder.parameters()
        optimiser = torch.optim.AdamW(trained, lr=1e-3 if name == "prompted" else 3e-3)
        losses = []
        for _ in range(40):
            loss = loss_of(network, features, sizes, masks)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        assert losses[-1] < 0.35 * losses[0], name


def squares():
    pictures = 0.3 * images(4, SIZE)
    sizes = torch.tensor([0, 1, 0, 1])
    masks = torch.zeros(4, SIZE // 4, SIZE // 4)
    for index, (size, corner) in enumerate(zip((32, 64, 32, 64), (8, 40, 72, 16), strict=True)):
        pictures[index, :, corner : corner + size, corner : corner + size] += 2
        masks[index, corner // 4 : (corner + size) // 4, corner // 4 : (corner + size) // 4] = 1
    return pictures, sizes, masks


def loss_of(network, features, sizes, masks):
    kind = network.head_config.kind
    prompts = None
    if kind == "prompted":
        prompts = PromptTokens.pad([object_prompt(1, points=1, size=SIZE, image_index=index) for index in range(4)])
    output = network.apply_head(features, prompts=prompts)
    if kind == "semantic":
        return F.cross_entropy(output.mask_logits, (masks * (1 + sizes[:, None, None])).long())
    if kind == "instance":
        from transformers.models.mask2former.modeling_mask2former import Mask2FormerLoss

        config = mask2former_config(network.head_config)
        weights = {"loss_cross_entropy": 2.0, "loss_mask": 5.0, "loss_dice": 5.0}
        criterion = Mask2FormerLoss(config, weights)
        losses = criterion(output.mask_logits, output.class_logits, list(masks[:, None]), list(sizes[:, None]))
        return sum(weights[name] * value for name, value in losses.items())
    return F.cross_entropy(output.class_logits, sizes)
