import pytest
import torch

from tests.references import segment_anything, shared
from tests.weights.small_networks import segment_anything_state_dict
from ultrasam.errors import WeightsError
from ultrasam.modeling.config import TINY_VIT, VIT_B, VIT_H, VIT_L, SamConfig, ViTConfig
from ultrasam.weights import read_checkpoint
from ultrasam.weights.architecture import infer_config


@pytest.mark.parametrize(("size", "encoder"), [("b", VIT_B), ("l", VIT_L), ("h", VIT_H)])
def test_tells_metas_three_sizes(size, encoder):
    package = segment_anything()
    with torch.device("meta"):
        network = package.sam_model_registry[f"vit_{size}"]()
    assert infer_config(network.state_dict()) == SamConfig(encoder=encoder)


def test_tells_mobile_sam():
    checkpoint = read_checkpoint(shared("weights/mobile_sam.safetensors"))
    assert infer_config(checkpoint.state_dict) == SamConfig(encoder=TINY_VIT)
    assert checkpoint.format == "mobile-sam"


def test_tells_a_network_of_another_size():
    assert infer_config(segment_anything_state_dict()).encoder == ViTConfig(
        embed_dim=32, depth=4, num_heads=2, global_attn_indexes=(1, 3), window_size=5, pretrain_size=128
    )


@pytest.mark.parametrize(
    ("key", "change", "said"),
    [
        ("image_encoder.patch_embed.proj.weight", None, "image encoder"),
        ("image_encoder.pos_embed", None, "pos_embed"),
        ("image_encoder.blocks.2.attn.rel_pos_h", None, "rel_pos_h"),
        ("prompt_encoder.no_mask_embed.weight", None, "no_mask_embed"),
        ("image_encoder.pos_embed", torch.zeros(3), "4 dimensions"),
        ("image_encoder.patch_embed.proj.weight", torch.zeros(0, 3, 16, 16), "dimensions"),
        ("image_encoder.blocks.2.attn.rel_pos_h", torch.zeros(5, 16), "one window size"),
        ("image_encoder.blocks.9.norm1.weight", torch.zeros(32), "without gaps"),
    ],
)
def test_what_is_missing_or_odd_is_said(key, change, said):
    state_dict = segment_anything_state_dict()
    state_dict.pop(key, None)
    if change is not None:
        state_dict[key] = change
    with pytest.raises(WeightsError, match=said):
        infer_config(state_dict)
