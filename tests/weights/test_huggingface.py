import pytest
import torch
import transformers

from tests.weights.small_networks import DEPTH, EMBED_DIM, GLOBAL_BLOCKS, GRID, HEADS, WINDOW
from ultrasam.errors import WeightsError
from ultrasam.modeling.config import VIT_B, SamConfig, ViTConfig
from ultrasam.modeling.sam import Sam
from ultrasam.weights import DEFAULT, load_network, read_checkpoint, resolve
from ultrasam.weights.huggingface import from_huggingface, to_huggingface


def sam_model(**vision):
    """transformers' own network with random weights."""
    torch.manual_seed(0)
    model = transformers.SamModel(transformers.SamConfig(vision_config=vision))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn(parameter.shape))
    return model


@pytest.fixture(scope="module")
def small():
    return sam_model(
        hidden_size=EMBED_DIM,
        num_hidden_layers=DEPTH,
        num_attention_heads=HEADS,
        image_size=16 * GRID,
        window_size=WINDOW,
        global_attn_indexes=list(GLOBAL_BLOCKS),
        mlp_dim=4 * EMBED_DIM,
    )


@pytest.mark.parametrize("written", ["folder", "bin", "file"])
def test_a_saved_model_loads(small, written, tmp_path):
    if written == "bin":
        torch.save(small.state_dict(), tmp_path / "pytorch_model.bin")
    else:
        small.save_pretrained(tmp_path)
    network, checkpoint = load_network(tmp_path / "model.safetensors" if written == "file" else tmp_path)
    assert checkpoint.format == "huggingface"
    assert checkpoint.config.encoder == ViTConfig(
        embed_dim=EMBED_DIM,
        depth=DEPTH,
        num_heads=HEADS,
        global_attn_indexes=GLOBAL_BLOCKS,
        window_size=WINDOW,
        pretrain_size=16 * GRID,
    )
    theirs = small.state_dict()
    ours = network.state_dict()
    assert torch.equal(ours["image_encoder.neck.3.bias"], theirs["vision_encoder.neck.layer_norm2.bias"])
    assert torch.equal(
        ours["mask_decoder.iou_prediction_head.layers.1.weight"],
        theirs["mask_decoder.iou_prediction_head.layers.0.weight"],
    )


def test_the_way_back_gives_the_same_model(small):
    theirs = small.state_dict()
    back = to_huggingface(from_huggingface(theirs))
    assert back.keys() == theirs.keys()
    assert all(torch.equal(back[key], tensor) for key, tensor in theirs.items())


def test_the_keys_of_vit_b_correspond():
    with torch.device("meta"):
        theirs = transformers.SamModel(transformers.SamConfig()).state_dict()
        ours = Sam(SamConfig(encoder=VIT_B)).state_dict()
    mapped = from_huggingface(theirs)
    assert {key: tensor.shape for key, tensor in mapped.items()} == {key: tensor.shape for key, tensor in ours.items()}


def test_a_foreign_key_is_named(small):
    with pytest.raises(WeightsError, match=r"vision_encoder\.extra"):
        from_huggingface({**small.state_dict(), "vision_encoder.extra": torch.zeros(1)})


def test_tiny_vit_has_no_counterpart():
    with pytest.raises(WeightsError, match="ViT"):
        to_huggingface(read_checkpoint(resolve(DEFAULT)).state_dict)


def test_a_folder_without_weights_is_said(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"model\.safetensors or pytorch_model\.bin"):
        read_checkpoint(tmp_path)
