import json
import sys
import types

import numpy as np
import pytest
import torch

from tests.references import shared
from tests.weights.small_networks import (
    DEPTH,
    GLOBAL_BLOCKS,
    WINDOW,
    official_reference,
    segment_anything_state_dict,
    small_official_state_dict,
)
from ultrasam.errors import WeightsError
from ultrasam.modeling.config import VIT_B, SamConfig
from ultrasam.modeling.sam import Sam
from ultrasam.weights import load_network, read_checkpoint
from ultrasam.weights.official_ultrasam import from_official_ultrasam


def test_every_value_of_the_full_network_arrives_where_it_belongs():
    shapes, fill = official_reference()
    official = fill(shapes)
    sums = json.loads(shared("reference/ultrasam_checkpoint/checksums.json").read_text())
    for key, tensor in official.items():
        # torch.randn may differ in the last bit between processors.
        found = tensor.double()
        assert found.abs().sum().item() == pytest.approx(sums[key][1], rel=1e-6), key
    mapped = from_official_ultrasam(official)

    network = Sam(SamConfig(encoder=VIT_B, token_mlp_residual="doubled"))
    network.load_state_dict(mapped, strict=True)
    assert sum(t.numel() for t in mapped.values()) == sum(t.numel() for t in official.values())

    def is_at(key, expected):
        assert torch.equal(network.state_dict()[key], expected), key

    table = official["prompt_encoder.label_encoder.label_embedding.weight"]
    is_at("prompt_encoder.no_mask_embed.weight", table[0:1])
    is_at("prompt_encoder.point_embeddings.0.weight", table[1:2])
    is_at("prompt_encoder.point_embeddings.3.weight", table[4:5])
    is_at("prompt_encoder.not_a_point_embed.weight", table[5:6])
    is_at("mask_decoder.mask_tokens.weight", table[6:10])
    is_at("mask_decoder.iou_token.weight", table[10:11])
    bias = official["decoder.layers.1.cross_attn_image_to_token.attn.in_proj_bias"]
    for position, projection in enumerate("qkv"):
        is_at(
            f"mask_decoder.transformer.layers.1.cross_attn_image_to_token.{projection}_proj.bias",
            bias[128 * position : 128 * (position + 1)],
        )
    is_at("image_encoder.blocks.11.mlp.lin1.bias", official["backbone.layers.11.ffn.layers.0.0.bias"])
    is_at("image_encoder.blocks.11.mlp.lin2.bias", official["backbone.layers.11.ffn.layers.1.bias"])
    is_at("image_encoder.neck.3.weight", official["backbone.channel_reduction.3.weight"])
    is_at(
        "mask_decoder.transformer.final_attn_token_to_image.k_proj.weight",
        official["decoder.final_attn_token_to_image.attn.k_proj_weight"],
    )
    is_at("mask_decoder.transformer.norm_final_attn.bias", official["decoder.post_norm.bias"])


def test_the_keys_are_those_of_segment_anything():
    assert from_official_ultrasam(small_official_state_dict()).keys() == segment_anything_state_dict().keys()


def save_as_mmengine_does(state_dict, path, monkeypatch):
    """With the history of a training curve, of a class that only exists while it is saved."""

    class HistoryBuffer:
        def __init__(self):
            self._log_history = np.array([1.0, 0.5])
            self._statistics_methods = {"mean": HistoryBuffer.mean}

        def mean(self):
            return np.mean(self._log_history)

    module = types.ModuleType("mmengine.logging.history_buffer")
    HistoryBuffer.__module__, HistoryBuffer.__qualname__ = module.__name__, "HistoryBuffer"
    HistoryBuffer.mean.__module__, HistoryBuffer.mean.__qualname__ = module.__name__, "HistoryBuffer.mean"
    module.HistoryBuffer = HistoryBuffer
    with monkeypatch.context() as patch:
        for name in ("mmengine", "mmengine.logging"):
            patch.setitem(sys.modules, name, types.ModuleType(name))
        patch.setitem(sys.modules, module.__name__, module)
        history = {"train/loss": HistoryBuffer(), "lr": np.float64(1e-4)}
        torch.save(
            {
                "meta": {"epoch": 1, "dataset_meta": {"classes": ("object",)}},
                "state_dict": state_dict,
                "message_hub": {"log_scalars": history},
            },
            path,
        )


def test_a_checkpoint_of_mmengine_loads(tmp_path, monkeypatch):
    path = tmp_path / "any_name.bin"
    save_as_mmengine_does(small_official_state_dict(), path, monkeypatch)
    network, checkpoint = load_network(path)
    assert checkpoint.format == "official ultrasam (mmengine)"
    assert checkpoint.pipeline == "ultrasam"
    assert checkpoint.metadata["licence"] == "CC-BY-NC-SA-4.0"
    assert checkpoint.config.token_mlp_residual == "doubled"
    encoder = checkpoint.config.encoder
    assert (encoder.depth, encoder.window_size, encoder.global_attn_indexes) == (DEPTH, WINDOW, GLOBAL_BLOCKS)
    assert checkpoint.takes_mask_prompts
    assert not network.training


def test_without_refinement_it_takes_no_mask_prompts(tmp_path):
    state_dict = small_official_state_dict()
    full = len(state_dict)
    state_dict = {key: tensor for key, tensor in state_dict.items() if "mask_downscaling" not in key}
    assert len(state_dict) == full - 10
    torch.save({"state_dict": state_dict}, tmp_path / "x.pth")
    _, checkpoint = load_network(tmp_path / "x.pth")
    assert not checkpoint.takes_mask_prompts


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("prompt_encoder.label_encoder.label_embedding.weight", None, "missing"),
        ("prompt_encoder.label_encoder.label_embedding.weight", torch.zeros(10, 256), "11 rows"),
        ("neck.conv.weight", torch.zeros(1), r"neck\.conv"),
    ],
)
def test_another_model_of_mmdetection_is_refused(key, value, said):
    state_dict = small_official_state_dict()
    state_dict.pop(key, None)
    if value is not None:
        state_dict[key] = value
    with pytest.raises(WeightsError, match=said):
        from_official_ultrasam(state_dict)


def test_an_incomplete_one_is_refused():
    with pytest.raises(WeightsError, match=r"Cannot use mock_mmengine_small\.pth"):
        read_checkpoint(shared("reference/ultrasam_checkpoint/mock_mmengine_small.pth"))
