import hashlib
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.modeling.networks import images, object_prompt
from tests.references import shared
from tests.weights.small_networks import segment_anything_state_dict
from ultrasam.errors import InputError, WeightsError
from ultrasam.modeling.config import TINY_VIT, SamConfig
from ultrasam.modeling.finetuned import FinetunedSam, with_head
from ultrasam.modeling.heads.config import HeadConfig, Task
from ultrasam.modeling.prompts import PromptTokens
from ultrasam.weights import DEFAULT, get_entry, load_network, read_checkpoint, resolve, write_checkpoint
from ultrasam.weights.hashing import sha256_of
from ultrasam.weights.safetensors_file import stored_as


@pytest.fixture(scope="module")
def state_dict():
    return segment_anything_state_dict()


@pytest.fixture
def sam_file(state_dict, tmp_path):
    path = tmp_path / "sam.pth"
    torch.save(state_dict, path)
    return path


def test_the_bundled_weights_load():
    network, checkpoint = load_network()
    entry = get_entry(DEFAULT)
    assert checkpoint.config == SamConfig(encoder=TINY_VIT)
    assert checkpoint.pipeline == "sam"
    assert checkpoint.sha256 == entry.sha256
    assert checkpoint.input_size == entry.input_size
    assert checkpoint.takes_mask_prompts
    assert not network.training
    assert {t.dtype for t in network.state_dict().values() if t.is_floating_point()} == {torch.float32}


def test_the_bundled_network_is_mobile_sams():
    """The same tensors of the same shapes, stored alike; their values are others."""
    ours = load_file(resolve(DEFAULT))
    theirs = load_file(shared("weights/mobile_sam.safetensors"))
    assert ours.keys() == theirs.keys()
    for key, tensor in theirs.items():
        assert (ours[key].dtype, ours[key].shape) == (tensor.dtype, tensor.shape), key
    for part in ("image_encoder", "prompt_encoder", "mask_decoder"):
        assert any(not torch.equal(ours[key], theirs[key]) for key in theirs if key.startswith(part)), part


def test_a_segment_anything_file_loads(sam_file, state_dict):
    network, checkpoint = load_network(sam_file)
    assert checkpoint.format == "segment-anything"
    assert (checkpoint.pipeline, checkpoint.metadata) == ("sam", {})
    assert checkpoint.sha256 == hashlib.sha256(sam_file.read_bytes()).hexdigest()
    assert checkpoint.parameter_count == sum(tensor.numel() for tensor in state_dict.values())
    assert all(torch.equal(network.state_dict()[key], tensor) for key, tensor in state_dict.items())


def test_medsam_is_told_by_the_user(sam_file):
    assert load_network(sam_file, pipeline="medsam")[1].pipeline == "medsam"
    with pytest.raises(InputError, match="pipelines sam, medsam, ultrasam"):
        load_network(sam_file, pipeline="other")


def test_a_name_stands_for_the_published_file_only(sam_file, tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path))
    (tmp_path / "weights").mkdir()
    sam_file.rename(tmp_path / "weights" / "medsam_vit_b.pth")
    with pytest.raises(WeightsError, match="published file of medsam"):
        load_network("medsam")


def test_a_published_file_is_known_by_its_hash(sam_file, monkeypatch):
    entry = replace(get_entry("medsam"), sha256=sha256_of(sam_file), input_size=640)
    monkeypatch.setattr("ultrasam.weights.registry._ENTRIES", (entry,))
    checkpoint = read_checkpoint(sam_file)
    assert checkpoint.pipeline == "medsam"
    assert checkpoint.metadata["citation"].startswith("Ma et al.")
    assert checkpoint.input_size == entry.input_size


def test_mobile_sams_own_file_loads(tmp_path):
    """It carries TinyViT's ImageNet head, and some exports its index tables."""
    content = dict(read_checkpoint(resolve(DEFAULT)).state_dict)
    content["image_encoder.norm_head.weight"] = torch.ones(320)
    content["image_encoder.head.weight"] = torch.zeros(1000, 320)
    content["image_encoder.layers.1.blocks.0.attn.attention_bias_idxs"] = torch.zeros(49, 49, dtype=torch.int64)
    torch.save(content, tmp_path / "mobile_sam.pt")
    network, checkpoint = load_network(tmp_path / "mobile_sam.pt")
    assert checkpoint.format == "mobile-sam"
    assert "image_encoder.head.weight" not in network.state_dict()
    assert "image_encoder.head.weight" not in checkpoint.state_dict


def test_half_precision_becomes_single(state_dict, tmp_path):
    save_file({key: tensor.half() for key, tensor in state_dict.items()}, tmp_path / "x.safetensors")
    checkpoint = read_checkpoint(tmp_path / "x.safetensors")
    assert checkpoint.format == "segment-anything"
    assert {tensor.dtype for tensor in checkpoint.state_dict.values()} == {torch.float32}


@pytest.mark.parametrize("residual", ["single", "doubled"])
def test_what_is_written_comes_back(residual, sam_file, tmp_path):
    read = read_checkpoint(sam_file)
    original = replace(
        read,
        config=replace(read.config, token_mlp_residual=residual),
        pipeline="ultrasam",
        metadata={"licence": "CC-BY-4.0", "origin": "Zürich"},
    )
    path = tmp_path / "new" / "own.safetensors"
    write_checkpoint(path, original)
    back = read_checkpoint(path)
    assert (back.config, back.pipeline, back.metadata) == (
        original.config,
        original.pipeline,
        original.metadata,
    )
    assert back.format == "ultrasam safetensors"
    assert back.sha256 == sha256_of(path)
    assert all(torch.equal(back.state_dict[key], tensor) for key, tensor in original.state_dict.items())


def test_the_input_size_comes_back(sam_file, tmp_path):
    read = read_checkpoint(sam_file)
    assert read.input_size == 1024, "segment-anything's files do not say theirs"
    write_checkpoint(tmp_path / "small.safetensors", replace(read, input_size=512))
    assert header_of(tmp_path / "small.safetensors")["ultrasam.input_size"] == "512"
    back = read_checkpoint(tmp_path / "small.safetensors")
    assert back.input_size == 512
    assert "ultrasam.input_size" not in back.metadata
    assert load_network(tmp_path / "small.safetensors")[1].input_size == 512


def test_a_file_of_sams_input_size_does_not_name_it(sam_file, tmp_path):
    """So that files which were written before sizes were named stay equal, byte by byte."""
    write_checkpoint(tmp_path / "x.safetensors", read_checkpoint(sam_file))
    assert "ultrasam.input_size" not in header_of(tmp_path / "x.safetensors")


@pytest.mark.parametrize("side", [0, -64, 32, 500, 4160])
def test_input_sizes_that_no_network_takes_are_refused(side, sam_file):
    with pytest.raises(WeightsError, match=f"multiple of 64 .* but got {side}"):
        replace(read_checkpoint(sam_file), input_size=side)


@pytest.mark.parametrize(("dtype", "step"), [(torch.float16, 2**-11), (torch.bfloat16, 2**-8)])
def test_a_16_bit_file_is_half_as_large(dtype, step, sam_file, tmp_path):
    original = read_checkpoint(sam_file)
    write_checkpoint(tmp_path / "half.safetensors", original, dtype)
    assert (tmp_path / "half.safetensors").stat().st_size < 0.55 * sam_file.stat().st_size
    back = read_checkpoint(tmp_path / "half.safetensors").state_dict
    for key, tensor in original.state_dict.items():
        torch.testing.assert_close(back[key], tensor, rtol=step, atol=1e-7)
    matrix = "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"
    assert torch.equal(back[matrix], original.state_dict[matrix])


def test_the_bundled_file_is_what_convert_writes(tmp_path):
    write_checkpoint(tmp_path / "x.safetensors", read_checkpoint(resolve(DEFAULT)), torch.float16)
    written, bundled = tmp_path / "x.safetensors", resolve(DEFAULT)
    assert header_of(written) == header_of(bundled)
    bundled_tensors = load_file(bundled)
    for key, tensor in load_file(written).items():
        assert tensor.dtype == bundled_tensors[key].dtype, key
        assert torch.equal(tensor, bundled_tensors[key]), key


def header_of(path):
    with safe_open(path, "pt") as file:
        return file.metadata()


def test_values_beyond_half_precision_are_refused():
    with pytest.raises(WeightsError, match="bfloat16"):
        stored_as({"a.weight": torch.tensor([70_000.0])}, torch.float16)
    with pytest.raises(WeightsError, match="floating-point"):
        stored_as({}, torch.int8)


def test_only_safetensors_are_written(sam_file, tmp_path):
    with pytest.raises(WeightsError, match=r"\.safetensors"):
        write_checkpoint(tmp_path / "x.pth", read_checkpoint(sam_file))
    assert not (tmp_path / "x.pth").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1", "pointer"),
        (b"\x10\0\0\0\0\0\0\0{not json at all", "damaged"),
        (b"\xff\xff\xff\xff\xff\xff\xff\x7f{", "damaged"),
        (b"PK\x03\x04 no archive", "damaged"),
        (b"\x80\x02nonsense", "damaged"),
        (b"x", "starts with"),
    ],
)
def test_what_is_no_weights_file_is_said(content, said, tmp_path):
    (tmp_path / "x.bin").write_bytes(content)
    with pytest.raises(WeightsError, match=said):
        read_checkpoint(tmp_path / "x.bin")


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(WeightsError, match="there is none at"):
        read_checkpoint(tmp_path / "none.pth")


def test_a_truncated_safetensors_file_is_said(tmp_path):
    content = resolve(DEFAULT).read_bytes()
    (tmp_path / "x.safetensors").write_bytes(content[:100_000])
    with pytest.raises(WeightsError, match="damaged or incomplete"):
        read_checkpoint(tmp_path / "x.safetensors")


def test_an_unknown_network_is_described(tmp_path):
    torch.save({f"layer{n}.weight": torch.zeros(1) for n in range(7)}, tmp_path / "resnet.pth")
    with pytest.raises(WeightsError, match=r"resnet\.pth .* found 7 keys such as layer0\.weight, layer1\.weight"):
        read_checkpoint(tmp_path / "resnet.pth")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ultrasam.config": "{}"}, "configuration"),
        ({"ultrasam.config": '{"encoder": {"kind": "vit", "colour": 1}}'}, "newer ultrasam"),
        ({"ultrasam.pipeline": "telepathy"}, "telepathy"),
        ({"ultrasam.input_size": "large"}, "'large'"),
        ({"ultrasam.input_size": "100"}, "multiple of 64"),
    ],
)
def test_a_header_of_another_version_is_said(change, said, sam_file, tmp_path):
    path = tmp_path / "x.safetensors"
    write_checkpoint(path, read_checkpoint(sam_file))
    save_file(load_file(path), tmp_path / "y.safetensors", metadata={**header_of(path), **change})
    with pytest.raises(WeightsError, match=said):
        read_checkpoint(tmp_path / "y.safetensors")


def test_tensors_that_do_not_fit_are_named(state_dict, tmp_path):
    changed = {**state_dict, "mask_decoder.extra.weight": torch.zeros(1)}
    del changed["mask_decoder.iou_token.weight"]
    changed["mask_decoder.mask_tokens.weight"] = torch.zeros(7, 256)
    changed["prompt_encoder.no_mask_embed.weight"] = torch.zeros(1, 256, dtype=torch.int8)
    torch.save(changed, tmp_path / "x.pth")
    with pytest.raises(WeightsError) as failure:
        load_network(tmp_path / "x.pth")
    message = str(failure.value)
    assert "1 missing (mask_decoder.iou_token.weight)" in message
    assert "1 unexpected (mask_decoder.extra.weight)" in message
    assert "1 of another shape (mask_decoder.mask_tokens.weight)" in message
    assert "1 of integers (prompt_encoder.no_mask_embed.weight)" in message


HEADS = {
    "classification": HeadConfig("pooled", 2, pooling="attention"),
    "regression": HeadConfig("prompted", 2),
    "semantic": HeadConfig("semantic", 2, width=16),
    "instance": HeadConfig("instance", 2, width=32, queries=5, decoder_layers=1, encoder_layers=1),
}


def finetuned(kind, sam_file):
    network, checkpoint = load_network(sam_file)
    torch.manual_seed(0)
    network = with_head(network, HEADS[kind])
    scaling = {"means": (1.0, 2.5), "scales": (0.5, 7.0)} if kind == "regression" else {}
    task = Task(kind, ("cyst", "Ödem"), HEADS[kind], initial="ultrasam-tiny", **scaling)
    return network, replace(checkpoint, state_dict=network.state_dict(), task=task, input_size=128)


@pytest.mark.parametrize("kind", HEADS)
def test_a_finetuned_network_comes_back_with_its_task(kind, sam_file, tmp_path):
    network, checkpoint = finetuned(kind, sam_file)
    (tmp_path / "run").mkdir()
    write_checkpoint(tmp_path / "run" / "model.safetensors", checkpoint)
    back, read = load_network(tmp_path / "run")
    assert type(back) is FinetunedSam
    assert (read.task, read.input_size, read.metadata) == (checkpoint.task, 128, checkpoint.metadata)
    assert back.head_config == HEADS[kind]
    assert list(back.state_dict()) == list(network.state_dict())
    assert all(torch.equal(tensor, back.state_dict()[key]) for key, tensor in network.state_dict().items())
    prompts = PromptTokens.pad([object_prompt(1, points=1, size=128)]) if kind == "regression" else None
    with torch.no_grad():
        expected, found = (
            given.eval().apply_head(given.encode_for_head(images(1, 128)), prompts=prompts) for given in (network, back)
        )
    for name in ("class_logits", "mask_logits"):
        if getattr(expected, name) is not None:
            assert torch.equal(getattr(found, name), getattr(expected, name))


def test_a_head_without_a_task_is_said(sam_file, tmp_path):
    network, checkpoint = finetuned("semantic", sam_file)
    save_file(network.state_dict(), tmp_path / "x.safetensors")
    with pytest.raises(WeightsError, match=r"Cannot use x.safetensors.*there is a head and no task"):
        read_checkpoint(tmp_path / "x.safetensors")
    with pytest.raises(WeightsError, match=r"there is a task and no head"):
        replace(checkpoint, state_dict=load_network(sam_file)[1].state_dict)
    # A model in use has its checkpoint without the tensors.
    assert replace(checkpoint, state_dict={}).task == checkpoint.task


def test_a_task_of_a_newer_version_is_said(sam_file, tmp_path):
    _, checkpoint = finetuned("semantic", sam_file)
    write_checkpoint(tmp_path / "x.safetensors", checkpoint)
    content = (tmp_path / "x.safetensors").read_bytes()
    assert content.count(b'\\"semantic\\", \\"classes') == 1
    (tmp_path / "x.safetensors").write_bytes(
        content.replace(b'\\"semantic\\", \\"classes', b'\\"panoptic\\", \\"classes')
    )
    with pytest.raises(WeightsError, match=r"Cannot use x.safetensors.*newer ultrasam"):
        read_checkpoint(tmp_path / "x.safetensors")


def test_a_head_of_another_size_than_its_task_says_is_said(sam_file, tmp_path):
    _, checkpoint = finetuned("semantic", sam_file)
    task = Task("semantic", ("a", "b", "c"), HeadConfig("semantic", 3, width=16))
    write_checkpoint(tmp_path / "x.safetensors", replace(checkpoint, task=task))
    with pytest.raises(WeightsError, match=r"2 of another shape \(head.classifier.bias, head.classifier.weight\)"):
        load_network(tmp_path / "x.safetensors")
