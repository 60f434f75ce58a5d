from __future__ import annotations

import pytest
import torch

from ultrasam.modeling import upscaling
from ultrasam.modeling.upscaling import Upscaling


@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize("count", [1, 3])
def test_masks_are_products_with_what_the_layers_give(monkeypatch, gradients, count):
    """The layers themselves are segment-anything's: torch's own transposed convolutions are the reference."""
    monkeypatch.setattr(upscaling, "TOKENS_AT_ONCE", 6)
    torch.manual_seed(0)
    layers = Upscaling(16)
    torch.nn.init.normal_(layers[1].weight)
    torch.nn.init.normal_(layers[1].bias)
    image, weights = torch.randn(count, 16, 4, 5), torch.randn(count, 4, 2)
    expected = torch.einsum("nmc,nchw->nmhw", weights, layers(image))
    with torch.set_grad_enabled(gradients):
        masks = layers.masks(image.flatten(2).transpose(1, 2), weights, (4, 5))
    torch.testing.assert_close(masks, expected, rtol=0, atol=1e-5)
