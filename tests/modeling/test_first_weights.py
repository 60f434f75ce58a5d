from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.modeling.networks import SMALL_VIT, images
from ultrasam.modeling.config import TINY_VIT, SamConfig
from ultrasam.modeling.first_weights import draw_encoder_weights
from ultrasam.modeling.sam import Sam


@pytest.mark.parametrize("encoder", [TINY_VIT, SMALL_VIT], ids=["tiny_vit", "vit"])
def test_the_signal_neither_fades_nor_explodes(encoder):
    torch.manual_seed(0)
    sam = Sam(SamConfig(encoder=encoder)).eval()
    draw_encoder_weights(sam)
    with torch.no_grad():
        deviations = [level.std().item() for level in sam.image_encoder.levels(images(1, 256))]
    assert min(deviations) > 0.2
    assert max(deviations) < 2


def test_linear_layers_are_normal_and_cut():
    torch.manual_seed(0)
    sam = Sam(SamConfig(encoder=SMALL_VIT))
    decoder = {key: tensor.clone() for key, tensor in sam.mask_decoder.state_dict().items()}
    draw_encoder_weights(sam)
    layers = [module for module in sam.image_encoder.modules() if isinstance(module, nn.Linear)]
    weights = torch.cat([layer.weight.flatten() for layer in layers])
    assert weights.std().item() == pytest.approx(0.02, rel=0.02)
    assert not any(layer.bias.any() for layer in layers)
    assert sam.image_encoder.pos_embed.std().item() == pytest.approx(0.02, rel=0.05)
    assert not any(tensor.any() for key, tensor in sam.state_dict().items() if "rel_pos" in key)
    assert all(torch.equal(tensor, decoder[key]) for key, tensor in sam.mask_decoder.state_dict().items())


def test_residuals_of_a_tiny_vit_add_nothing_at_first():
    torch.manual_seed(0)
    sam = Sam(SamConfig(encoder=TINY_VIT)).eval()
    draw_encoder_weights(sam)
    features = torch.randn(1, 64, 8, 8)
    block = sam.image_encoder.layers[0].blocks[0]
    torch.testing.assert_close(block(features), nn.functional.gelu(features))
