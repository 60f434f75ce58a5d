from __future__ import annotations

import sys

import pytest
import torch
from torch import nn

from ultrasam.errors import MissingExtraError
from ultrasam.modeling.heads.config import HeadConfig
from ultrasam.modeling.heads.instance import InstanceHead, mask2former_config

CHANNELS, STRIDES = (8, 12, 16, 16), (4, 8, 16, 16)
CONFIG = HeadConfig("instance", outputs=3, width=32, queries=7, decoder_layers=4, encoder_layers=2)


@pytest.fixture(scope="module")
def head():
    torch.manual_seed(0)
    return InstanceHead(CHANNELS, STRIDES, CONFIG).eval()


@pytest.fixture(scope="module")
def levels():
    generator = torch.Generator().manual_seed(1)
    return [
        torch.randn(2, channels, 128 // stride, 128 // stride, generator=generator)
        for channels, stride in zip(CHANNELS, STRIDES, strict=True)
    ]


def test_every_layer_says_classes_and_masks_of_every_query(head, levels):
    predictions = head(levels)
    assert len(predictions) == 1 + CONFIG.decoder_layers
    for class_logits, mask_logits in predictions:
        assert class_logits.shape == (2, 7, 4)
        assert mask_logits.shape == (2, 7, 32, 32)


def test_the_head_is_transformers_mask2former_on_our_pyramid(head, levels):
    """The same weights in transformers' whole network, whose backbone is made to give our maps."""
    from transformers import Mask2FormerForUniversalSegmentation

    config = mask2former_config(CONFIG)
    config.output_auxiliary_logits = True
    config.backbone_config.depths, config.backbone_config.embed_dim = [1, 1, 1, 1], 24
    reference = Mask2FormerForUniversalSegmentation(config)
    module = reference.model.pixel_level_module
    maps = head.pyramid(levels)
    module.decoder = type(module.decoder)(config, feature_channels=[32] * 4)
    module.decoder.load_state_dict(head.pixel_decoder.state_dict())
    reference.model.transformer_module.load_state_dict(head.transformer.state_dict())
    reference.class_predictor.load_state_dict(head.class_predictor.state_dict())
    module.encoder = GivenMaps(maps)
    with torch.no_grad():
        expected = reference.eval()(pixel_values=torch.zeros(2, 3, 128, 128))
        *earlier, (class_logits, mask_logits) = head(levels)
    torch.testing.assert_close(class_logits, expected.class_queries_logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(mask_logits, expected.masks_queries_logits, rtol=0, atol=1e-4)
    auxiliary = expected.auxiliary_logits
    assert len(earlier) == len(auxiliary) == CONFIG.decoder_layers
    for (classes, masks), known in zip(earlier, auxiliary, strict=True):
        torch.testing.assert_close(classes, known["class_queries_logits"], rtol=0, atol=1e-5)
        torch.testing.assert_close(masks, known["masks_queries_logits"], rtol=0, atol=1e-4)


class GivenMaps(nn.Module):
    def __init__(self, maps):
        super().__init__()
        self.feature_maps = maps

    def forward(self, _pixels):
        return self


def test_deformable_attention_begins_by_looking_around(head):
    """Eight neighbours' directions, as in Deformable DETR: with PyTorch's first weights all points lie at the query."""
    attention = [module for module in head.modules() if hasattr(module, "sampling_offsets")]
    assert len(attention) == CONFIG.encoder_layers
    for layer in attention:
        assert not layer.sampling_offsets.weight.any()
        offsets = layer.sampling_offsets.bias.view(-1, 2)
        assert offsets.abs().amax(1).unique().tolist() == [1, 2, 3, 4]


def test_without_transformers_the_extra_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "transformers"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"ultrasam\[finetune\]"):
        InstanceHead(CHANNELS, STRIDES, CONFIG)
