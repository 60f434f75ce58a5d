import pytest
import torch

from tests.export.small_weights import vit, vit_with_adapters, write
from tests.inference.small_finetuned import write_finetuned
from tests.modeling.networks import images, object_prompt, reference_decode, reference_network
from tests.references import segment_anything
from ultrasam.errors import InputError
from ultrasam.export import export_segment_anything
from ultrasam.modeling.config import TINY_VIT, VIT_B, SamConfig
from ultrasam.modeling.prompts import PromptTokens
from ultrasam.modeling.sam import Sam
from ultrasam.weights import load_network


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write(tmp_path_factory.mktemp("weights") / "small.safetensors", vit())


@torch.no_grad()
def test_segment_anything_loads_it_and_answers_the_same(weights, tmp_path):
    exported = export_segment_anything(weights, tmp_path / "small.pth")
    # A network of other random weights, so that what is not loaded shows.
    theirs = reference_network(seed=1)
    theirs.load_state_dict(torch.load(exported.path, weights_only=True), strict=True)
    ours = load_network(weights)[0]
    embedding = ours.encode_image(images())
    torch.testing.assert_close(theirs.image_encoder(images()), embedding, rtol=0, atol=1e-5)
    for prompt in (object_prompt(0, points=2), object_prompt(1, box=True, mask=True)):
        logits, iou = reference_decode(theirs, embedding, prompt)
        found = ours.decode(embedding, PromptTokens.pad([prompt]))
        torch.testing.assert_close(logits, found.logits[0], rtol=0, atol=1e-5)
        torch.testing.assert_close(iou, found.iou[0], rtol=0, atol=1e-5)


def test_it_is_read_here_too_and_says_what_loads_it(weights, tmp_path):
    exported = export_segment_anything(weights, tmp_path / "small.pth")
    ours, again = load_network(weights)[0].state_dict(), load_network(exported.path)[0].state_dict()
    assert all(torch.equal(again[key], tensor) for key, tensor in ours.items())
    assert exported.files == {"small.pth": exported.path.stat().st_size}
    assert "img_size=256, embed_dim=48, depth=2" in exported.notes[0]
    assert exported.licence == "CC-BY-4.0 (because of made-up data)"


def test_the_same_weights_give_the_same_file(weights, tmp_path):
    first, second = (export_segment_anything(weights, tmp_path / name).path for name in ("a.pth", "b.pth"))
    assert first.read_bytes() == second.read_bytes()


def test_half_precision_halves_the_file_and_still_loads_strictly(weights, tmp_path):
    full = export_segment_anything(weights, tmp_path / "full.pth")
    half = export_segment_anything(weights, tmp_path / "half.pth", precision="fp16")
    assert half.size_bytes < 0.52 * full.size_bytes
    theirs, rounded = reference_network(), reference_network(seed=1)
    rounded.load_state_dict(torch.load(half.path, weights_only=True), strict=True)
    assert rounded.image_encoder.pos_embed.dtype == torch.float32
    torch.testing.assert_close(rounded.image_encoder.pos_embed, theirs.image_encoder.pos_embed, rtol=1e-3, atol=1e-6)


def test_the_keys_are_those_of_the_registry():
    """What segment-anything's ViT-B is filled with, without the memory of a ViT-B."""
    with torch.device("meta"):
        theirs = segment_anything().sam_model_registry["vit_b"]().state_dict()
        ours = Sam(SamConfig(encoder=VIT_B)).state_dict()
    assert {key: tensor.shape for key, tensor in theirs.items()} == {key: t.shape for key, t in ours.items()}


def test_mobile_sam_finds_all_that_it_asks_for(tmp_path):
    """Beside the network that is TinyViT's classifier of 1000 classes; index tables are not in its state dict."""
    network = Sam(SamConfig(encoder=TINY_VIT)).eval()
    exported = export_segment_anything(write(tmp_path / "tiny.safetensors", network), tmp_path / "tiny.pt")
    tensors = torch.load(exported.path, weights_only=True)
    more = {key: tuple(tensor.shape) for key, tensor in tensors.items() if key not in network.state_dict()}
    assert more == {
        "image_encoder.norm_head.weight": (320,),
        "image_encoder.norm_head.bias": (320,),
        "image_encoder.head.weight": (1000, 320),
        "image_encoder.head.bias": (1000,),
    }
    assert all(torch.equal(tensors[key], tensor) for key, tensor in network.state_dict().items())
    assert "mobile_sam.sam_model_registry['vit_t']" in exported.notes[0]
    # It was "trained" at 256 pixels, and the registry's network takes 1024.
    assert "256 pixels" in exported.notes[1]
    assert load_network(exported.path)[1].format == "mobile-sam"


def test_the_pipeline_of_medsam_is_told(tmp_path):
    medsam = write(tmp_path / "medsam.safetensors", vit(), pipeline="medsam")
    assert "MedSAM" in export_segment_anything(medsam, tmp_path / "medsam.pth").notes[-1]


def test_a_network_with_adapters_is_refused(tmp_path):
    weights = write(tmp_path / "a.safetensors", vit_with_adapters())
    with pytest.raises(InputError, match="adapters in its blocks: export it to onnx"):
        export_segment_anything(weights, tmp_path / "a.pth")


def test_the_official_decoder_is_refused(tmp_path):
    network = vit(token_mlp_residual="doubled")
    with pytest.raises(InputError, match="adds its queries twice"):
        export_segment_anything(write(tmp_path / "a.safetensors", network), tmp_path / "a.pth")
    assert not (tmp_path / "a.pth").exists()


def test_of_fine_tuned_weights_what_answers_prompts_is_exported(tmp_path):
    fine_tuned = write_finetuned(tmp_path / "pooled.safetensors", "pooled", promptable=True)
    exported = export_segment_anything(fine_tuned, tmp_path / "pooled.pth")
    assert "head that answers the task (classification of lesion, vessel) is not in the export" in exported.notes[0]
    assert not [key for key in torch.load(exported.path, weights_only=True) if key.startswith("head.")]
    changed = write_finetuned(tmp_path / "changed.safetensors", "pooled")
    with pytest.raises(InputError, match="Expected weights that answer prompts"):
        export_segment_anything(changed, tmp_path / "changed.pth")


def test_integers_are_refused(weights, tmp_path):
    with pytest.raises(InputError, match="int8"):
        export_segment_anything(weights, tmp_path / "a.pth", precision="int8")
