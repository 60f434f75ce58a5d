import json

import numpy as np
import pytest
import torch
import yaml
from transformers import SamModel, SamProcessor

from tests.export.small_weights import BOX, METADATA, own_answer, picture, run_program, vit, vit_with_adapters, write
from tests.inference.small_finetuned import write_promptable
from ultrasam.errors import InputError
from ultrasam.export import export_huggingface
from ultrasam.inference import load


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write(tmp_path_factory.mktemp("weights") / "small.safetensors", vit())


@torch.no_grad()
def their_answer(folder, **prompt):
    """Low-resolution logits ``(S/4, S/4)`` and mask ``(H, W)`` that transformers finds."""
    model, loading = SamModel.from_pretrained(folder, output_loading_info=True)
    assert not any(loading.values())
    processor = SamProcessor.from_pretrained(folder)
    inputs = processor(picture(), return_tensors="pt", **prompt)
    found = model.eval()(**inputs, multimask_output=False).pred_masks
    masks = processor.post_process_masks(found, inputs["original_sizes"], inputs["reshaped_input_sizes"])
    return found[0, 0, 0].float().numpy(), masks[0][0, 0].numpy()


@pytest.mark.parametrize("input_size", [None, 384, 128], ids=str)
def test_transformers_answers_the_same(weights, tmp_path, input_size):
    exported = export_huggingface(weights, tmp_path / "hf", input_size=input_size)
    assert exported.input_size == (input_size or 256)
    logits, mask = their_answer(exported.path, input_boxes=[[list(map(float, BOX))]])
    own = own_answer(weights, input_size=input_size)
    assert 0.05 < own.mask.mean() < 0.95
    np.testing.assert_allclose(logits, own.logits, rtol=0, atol=2e-5)
    assert (mask != own.mask).sum() <= 2


def test_points_mean_the_same(weights, tmp_path):
    exported = export_huggingface(weights, tmp_path / "hf")
    points, labels = [[400.0, 270.0], [90.0, 500.0]], [1, 0]
    _, mask = their_answer(exported.path, input_points=[[points]], input_labels=[[labels]])
    own = load(weights).embed(picture()).segment(points_xy=points, labels=labels)
    assert (mask != own.mask).sum() <= 2


def test_the_folder_is_read_here_too_and_keeps_what_is_known(weights, tmp_path):
    exported = export_huggingface(weights, tmp_path / "hf", input_size=384)
    again = load(exported.path)
    assert again.input_size == 384
    assert again.checkpoint.metadata["licence"] == METADATA["licence"]
    own = own_answer(weights, input_size=384)
    assert (again.embed(picture()).segment(box_xyxy=BOX).mask != own.mask).sum() <= 2


def test_the_card_and_its_program(weights, tmp_path, monkeypatch):
    exported = export_huggingface(weights, tmp_path / "hf")
    card = (exported.path / "README.md").read_text()
    front = yaml.safe_load(card.split("---\n")[1])
    assert (front["license"], front["library_name"]) == ("cc-by-4.0", "transformers")
    assert r"# A \*small\* network" in card
    assert METADATA["citation"] in card
    assert "Not a medical device" in card
    assert sorted(exported.files) == ["README.md", "config.json", "model.safetensors", "preprocessor_config.json"]
    assert (run_program(exported.path, monkeypatch) != own_answer(weights).mask).sum() <= 2


def test_half_precision(weights, tmp_path):
    full = export_huggingface(weights, tmp_path / "full")
    half = export_huggingface(weights, tmp_path / "half", precision="fp16")
    assert half.files["model.safetensors"] < 0.52 * full.files["model.safetensors"]
    assert SamModel.from_pretrained(half.path).dtype == torch.float16
    model = SamModel.from_pretrained(half.path, dtype=torch.float32)
    expected = SamModel.from_pretrained(full.path).state_dict()
    for key, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, expected[key], rtol=1e-3, atol=1e-6)


def test_without_a_processor_that_prepares_pixels_rightly_there_is_none(weights, tmp_path):
    exported = export_huggingface(weights, tmp_path / "hf", pipeline="medsam")
    assert "preprocessor_config.json" not in exported.files
    assert "SamProcessor cannot squash images" in exported.notes[0]
    card = (exported.path / "README.md").read_text()
    assert "SamProcessor cannot squash images" in card
    assert "bicubic" in card
    SamModel.from_pretrained(exported.path)


def test_mask_decoder_normalises_as_sam_does(weights, tmp_path):
    config = json.loads((export_huggingface(weights, tmp_path / "hf").path / "config.json").read_text())
    assert config["mask_decoder_config"]["layer_norm_eps"] == 1e-5


def test_tiny_vit_has_no_counterpart(tmp_path):
    tiny = write_promptable(tmp_path / "tiny.safetensors")
    with pytest.raises(InputError, match="these have a TinyViT: export them to onnx, openvino or segment-anything"):
        export_huggingface(tiny, tmp_path / "hf")
    assert not (tmp_path / "hf").exists()


def test_own_designs_are_refused(tmp_path):
    doubled = write(tmp_path / "doubled.safetensors", vit(token_mlp_residual="doubled"))
    with pytest.raises(InputError, match="Hugging Face's SamModel knows"):
        export_huggingface(doubled, tmp_path / "hf")
    adapters = write(tmp_path / "adapters.safetensors", vit_with_adapters())
    with pytest.raises(InputError, match="adapters"):
        export_huggingface(adapters, tmp_path / "hf")


def test_integers_and_odd_sizes_are_refused(weights, tmp_path):
    with pytest.raises(InputError, match="int8"):
        export_huggingface(weights, tmp_path / "hf", precision="int8")
    with pytest.raises(InputError, match="multiple of 64 from 64 to 4096, but got 100"):
        export_huggingface(weights, tmp_path / "hf", input_size=100)
