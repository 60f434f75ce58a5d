from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.modeling.networks import (
    SIZE,
    SMALL_TINY_VIT,
    SMALL_VIT,
    decode_one,
    images,
    object_prompt,
    own_network,
    reference_decode,
    reference_network,
)
from tests.references import segment_anything
from ultrasam.errors import InputError
from ultrasam.modeling.config import VIT_B, VIT_H, VIT_L, SamConfig
from ultrasam.modeling.prompts import PromptTokens
from ultrasam.modeling.sam import Sam

#: Every kind of prompt and mixture; the seed tells them apart.
KINDS = [
    {"points": 1},
    {"points": 2},
    {"points": 7},
    {"box": True},
    {"mask": True},
    {"points": 1, "box": True},
    {"points": 5, "box": True},
    {"points": 1, "mask": True},
    {"points": 3, "mask": True},
    {"box": True, "mask": True},
    {"points": 4, "box": True, "mask": True},
]


@pytest.fixture(scope="module")
def reference():
    return reference_network()


@pytest.fixture(scope="module")
def network(reference):
    return own_network(reference)


@pytest.fixture(scope="module")
def embedding(reference):
    with torch.no_grad():
        return reference.image_encoder(images())


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_kind_of_prompt_is_segment_anythings(reference, network, embedding, kind, seed):
    prompt = object_prompt(seed, **kind)
    found = decode_one(network, embedding, prompt)
    torch.testing.assert_close(found, reference_decode(reference, embedding, prompt), rtol=0, atol=1e-4)


def test_a_ragged_batch_over_several_images_is_one_by_one(reference, network):
    batch = images(3)
    prompts = [object_prompt(seed, image_index=seed % 3, **kind) for seed, kind in enumerate(KINDS)]
    with torch.no_grad():
        prediction = network(batch, PromptTokens.pad(prompts))
        embeddings = reference.image_encoder(batch)
    for prompt, logits, iou in zip(prompts, prediction.logits, prediction.iou, strict=True):
        embedding, alone = embeddings[prompt.image_index][None], replace(prompt, image_index=0)
        torch.testing.assert_close((logits, iou), decode_one(network, embedding, alone), rtol=0, atol=1e-5)
        expected = reference_decode(reference, embedding, alone)
        torch.testing.assert_close((logits, iou), expected, rtol=0, atol=1e-4)


def test_more_padding_changes_nothing(network, embedding):
    tokens = PromptTokens.pad([object_prompt(1, points=2), object_prompt(2, points=1, box=True)])
    longer = PromptTokens(
        nn.functional.pad(tokens.points_xy, (0, 0, 0, 5), value=1e4),
        nn.functional.pad(tokens.labels, (0, 5), value=-2),
    )
    with torch.no_grad():
        expected, found = network.decode(embedding, tokens), network.decode(embedding, longer)
    torch.testing.assert_close(found.logits, expected.logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(found.iou, expected.iou, rtol=0, atol=1e-5)


def test_images_without_index_belong_to_the_objects_one_by_one(network):
    embeddings = network.encode_image(images(2))
    prompts = [object_prompt(4, points=2), object_prompt(5, points=2)]
    tokens = PromptTokens.pad(prompts)
    found = network.decode(embeddings, PromptTokens(tokens.points_xy, tokens.labels)).logits
    expected = torch.stack([decode_one(network, e[None], p)[0] for e, p in zip(embeddings, prompts, strict=True)])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_masks_count_only_where_they_are_said_to(network, embedding):
    tokens = PromptTokens.pad([object_prompt(1, box=True, mask=True), object_prompt(2, box=True)])
    noise = tokens.mask_logits.clone()
    noise[1] = torch.nan
    with torch.no_grad():
        found = network.decode(embedding, PromptTokens(tokens.points_xy, tokens.labels, noise, tokens.has_mask))
        expected = network.decode(embedding, tokens)
    assert torch.equal(found.logits, expected.logits)


def test_masks_count_all_where_nothing_is_said(network, embedding):
    prompts = [object_prompt(seed, box=True, mask=True) for seed in (1, 2)]
    tokens = PromptTokens.pad(prompts)
    found = network.decode(embedding, PromptTokens(tokens.points_xy, tokens.labels, tokens.mask_logits))
    expected = torch.stack([decode_one(network, embedding, prompt)[0] for prompt in prompts])
    torch.testing.assert_close(found.logits, expected, rtol=0, atol=1e-5)


def test_no_object_gives_no_mask(network, embedding):
    none = PromptTokens(torch.zeros(0, 2, 2), torch.zeros(0, 2, dtype=torch.long))
    assert network.decode(embedding, none).logits.shape == (0, 4, SIZE // 4, SIZE // 4)


@pytest.mark.parametrize("size", [128, 320, 512])
def test_other_input_sizes_are_segment_anythings(reference, network, size):
    """Its prompt encoder, told the size, with an embedding of that size."""
    at_size = segment_anything().modeling.PromptEncoder(
        embed_dim=256,
        image_embedding_size=(size // 16, size // 16),
        input_image_size=(size, size),
        mask_in_chans=16,
    )
    at_size.load_state_dict(reference.prompt_encoder.state_dict())
    resized = nn.Module()
    resized.prompt_encoder, resized.mask_decoder = at_size, reference.mask_decoder
    with torch.no_grad():
        embedding = network.encode_image(images(1, size))
    assert embedding.shape == (1, 256, size // 16, size // 16)
    for kind in ({"points": 3}, {"points": 1, "box": True, "mask": True}):
        prompt = object_prompt(7, size=size, **kind)
        expected = reference_decode(resized, embedding, prompt)
        torch.testing.assert_close(decode_one(network, embedding, prompt), expected, rtol=0, atol=1e-4)


def test_vit_b_in_full_is_segment_anythings():
    reference = reference_network(VIT_B)
    network = own_network(reference, VIT_B)
    with torch.no_grad():
        image = images(1, 1024)
        embedding = reference.image_encoder(image)
        torch.testing.assert_close(network.encode_image(image), embedding, rtol=0, atol=1e-4)
    for kind in ({"points": 2}, {"points": 1, "box": True, "mask": True}):
        prompt = object_prompt(8, size=1024, **kind)
        expected = reference_decode(reference, embedding, prompt)
        torch.testing.assert_close(decode_one(network, embedding, prompt), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(("name", "config"), [("vit_b", VIT_B), ("vit_l", VIT_L), ("vit_h", VIT_H)])
def test_state_dict_is_segment_anythings(name, config):
    with torch.device("meta"):
        expected = segment_anything().sam_model_registry[name]().state_dict()
        found = Sam(SamConfig(encoder=config)).state_dict()
    assert {k: v.shape for k, v in found.items()} == {k: v.shape for k, v in expected.items()}


def test_a_network_built_without_memory_takes_over_loaded_weights(reference, network, embedding):
    with torch.device("meta"):
        empty = Sam(network.config).eval()
    empty.load_state_dict(reference.state_dict(), strict=True, assign=True)
    prompt = object_prompt(1, points=2)
    torch.testing.assert_close(
        decode_one(empty, embedding, prompt), decode_one(network, embedding, prompt), rtol=0, atol=0
    )


def test_doubled_residual_reaches_both_blocks(reference, network, embedding):
    doubled = own_network(reference, token_mlp_residual="doubled")
    assert [layer.doubled_residual for layer in doubled.mask_decoder.transformer.layers] == [True, True]
    prompt = object_prompt(1, points=1)
    difference = decode_one(doubled, embedding, prompt)[0] - decode_one(network, embedding, prompt)[0]
    assert difference.abs().max() > 0.01


@pytest.mark.parametrize("encoder", [SMALL_VIT, SMALL_TINY_VIT], ids=["vit", "tiny_vit"])
def test_gradients_reach_every_weight(encoder):
    torch.manual_seed(0)
    network = Sam(SamConfig(encoder=encoder))
    kinds = [{"points": 6, "mask": True}, {"box": True}, {"points": 6}]
    prompts = [object_prompt(seed, image_index=seed % 2, **kind) for seed, kind in enumerate(kinds)]
    prediction = network(images(2), PromptTokens.pad(prompts))
    (prediction.logits.square().mean() + prediction.iou.square().mean()).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_bfloat16_is_close(reference, network, embedding):
    half = own_network(reference).to(torch.bfloat16)
    tokens = PromptTokens.pad([object_prompt(1, points=3), object_prompt(2, box=True, mask=True)])
    with torch.no_grad():
        assert half.encode_image(images()).dtype == torch.bfloat16
        relative = (half.encode_image(images()).float() - embedding).norm() / embedding.norm()
        expected, found = network.decode(embedding, tokens), half.decode(embedding, tokens)
    assert relative < 0.03
    assert found.logits.dtype == torch.bfloat16
    assert (found.logits.float() - expected.logits).norm() / expected.logits.norm() < 0.05


class Encoder(nn.Module):
    def __init__(self, sam):
        super().__init__()
        self.sam = sam

    def forward(self, images):
        return self.sam.encode_image(images)


class Decoder(nn.Module):
    def __init__(self, sam):
        super().__init__()
        self.sam = sam

    def forward(self, embedding, points_xy, labels, mask_logits, has_mask):
        prediction = self.sam.decode(embedding, PromptTokens(points_xy, labels, mask_logits, has_mask))
        return prediction.logits, prediction.iou


def decoder_inputs(objects, points):
    prompts = [object_prompt(seed, points=points - seed % 2, mask=seed == 0) for seed in range(objects)]
    tokens = PromptTokens.pad(prompts)
    return tokens.points_xy, tokens.labels, tokens.mask_logits, tokens.has_mask


@pytest.mark.parametrize("encoder", [SMALL_VIT, SMALL_TINY_VIT], ids=["vit", "tiny_vit"])
def test_the_encoder_compiles_and_exports(encoder):
    module = Encoder(Sam(SamConfig(encoder=encoder)).eval())
    image = images(1, 128)
    with torch.no_grad():
        expected = module(image)
        compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
        torch.testing.assert_close(compiled(image), expected, rtol=0, atol=1e-5)
        exported = torch.export.export(module, (image,)).module()
        torch.testing.assert_close(exported(image), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("encoder", [SMALL_VIT, SMALL_TINY_VIT], ids=["vit", "tiny_vit"])
def test_the_encoder_exports_for_any_number_of_images(encoder):
    module = Encoder(Sam(SamConfig(encoder=encoder)).eval())
    count = torch.export.Dim("count", min=1, max=64)
    with torch.no_grad():
        exported = torch.export.export(module, (images(2, 128),), dynamic_shapes=({0: count},)).module()
        for batch in (images(1, 128), images(5, 128)):
            torch.testing.assert_close(exported(batch), module(batch), rtol=0, atol=1e-5)


def test_the_decoder_compiles_for_any_number_of_objects_and_points(network, embedding):
    module = Decoder(network)
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager", dynamic=True)
    # Three objects, as two would be taken for the two coordinates of a point.
    first, second = decoder_inputs(3, 5), decoder_inputs(5, 2)
    with torch.no_grad():
        torch.testing.assert_close(compiled(embedding, *first), module(embedding, *first), rtol=0, atol=1e-5)
        with torch.compiler.set_stance("fail_on_recompile"):
            found = compiled(embedding, *second)
        torch.testing.assert_close(found, module(embedding, *second), rtol=0, atol=1e-5)


def test_the_decoder_exports_for_any_number_of_objects_and_points(network, embedding):
    module = Decoder(network)
    objects, slots = torch.export.Dim("objects", min=1, max=64), torch.export.Dim("slots", min=1, max=64)
    exported = torch.export.export(
        module,
        (embedding, *decoder_inputs(2, 3)),
        dynamic_shapes=(None, {0: objects, 1: slots}, {0: objects, 1: slots}, {0: objects}, {0: objects}),
    ).module()
    with torch.no_grad():
        for count, points in ((2, 3), (5, 2), (1, 1)):
            inputs = decoder_inputs(count, points)
            torch.testing.assert_close(exported(embedding, *inputs), module(embedding, *inputs), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((1, 3, 100, 100), r"S a multiple of 64, but got \(1, 3, 100, 100\)"),
        ((1, 3, 128, 64), "resize and pad"),
        ((3, 64, 64), r"\(B, 3, S, S\)"),
        ((1, 1, 64, 64), "but got"),
        ((1, 3, 0, 0), "but got"),
    ],
)
def test_images_of_another_shape_are_refused(network, shape, said):
    with pytest.raises(InputError, match=said):
        network.encode_image(torch.zeros(shape))


@pytest.mark.parametrize(
    ("embeddings", "prompt", "said"),
    [
        ((1, 64, 16, 16), {"points": 1}, r"\(B, 256, S/16, S/16\), but got \(1, 64, 16, 16\)"),
        ((1, 256, 16, 8), {"points": 1}, "but got"),
        ((1, 256, 32, 32), {"mask": True}, "128 x 128, but got 64 x 64"),
        ((1, 256, 16, 16), {"points": 1, "image_index": 1}, r"image_index from 0 to 0, but got \[1\]"),
        ((2, 256, 16, 16), {"points": 1, "image_index": -1}, r"image_index from 0 to 1, but got \[-1\]"),
    ],
)
def test_embeddings_and_prompts_that_do_not_fit_are_refused(network, embeddings, prompt, said):
    tokens = PromptTokens.pad([object_prompt(0, **prompt)])
    with pytest.raises(InputError, match=said):
        network.decode(torch.zeros(embeddings), tokens)


def test_several_images_need_to_be_told_apart(network):
    tokens = PromptTokens(torch.zeros(3, 1, 2), torch.ones(3, 1, dtype=torch.long))
    with pytest.raises(InputError, match="3 objects do not match 2 images"):
        network.decode(torch.zeros(2, 256, 16, 16), tokens)


def test_an_encoder_of_another_width_is_refused():
    with pytest.raises(InputError, match="out_chans = embed_dim = 128, but got 256"):
        Sam(SamConfig(encoder=SMALL_TINY_VIT, embed_dim=128))
