import json
import re
import shlex

import pytest
import torch

from tests.export.small_weights import vit, write
from tests.references import ROOT
from ultrasam.export import Exported


@pytest.fixture
def weights(tmp_path):
    return write(tmp_path / "small.safetensors", vit())


def test_segment_anything(command, weights, tmp_path):
    code, out, err = command("export", "segment-anything", "--model", weights, "--out", "own.pth")
    assert code == 0
    assert out.startswith("own.pth  19.2 MB")
    assert "Licence of the weights: CC-BY-4.0" in err
    assert "img_size=256" in err
    assert len(torch.load(tmp_path / "own.pth", weights_only=True)) > 100


def test_what_is_there_is_replaced_by_force_only(command, weights, tmp_path):
    (tmp_path / "own.pth").write_text("mine")
    words = ("export", "segment-anything", "--model", weights, "--out", "own.pth")
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert "give --force" in err
    assert (tmp_path / "own.pth").read_text() == "mine"
    assert command(*words, "--force")[0] == 0


def test_huggingface_for_machines(command, weights, tmp_path):
    words = ("--input-size", 128, "--precision", "fp16", "--json")
    code, out, err = command("export", "huggingface", "--model", weights, "--out", "hf", *words)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["format"], found["input_size"], found["precision"]) == ("huggingface", 128, "fp16")
    assert {path.name: path.stat().st_size for path in (tmp_path / "hf").iterdir()} == found["files"]


def test_tiny_vit_is_told_where_to_go(command):
    code, _, err = command("export", "huggingface", "--out", "hf")
    assert code == 2
    assert err.count("\n") == 1
    assert "export them to onnx, openvino or segment-anything" in err


@pytest.mark.parametrize("kind", ["onnx", "openvino"])
def test_the_words_of_a_graph(command, monkeypatch, tmp_path, kind):
    asked = {}

    def export(weights, out, **options):
        asked.update(options, weights=weights, out=out)
        return Exported(kind, out, {"encoder": 2_000_000, "README.md": 1200}, 64, "int8", "MIT", ("Note well.",))

    monkeypatch.setattr(f"ultrasam.export.export_{kind}", export)
    words = ("--precision", "int8", "--data", "one", "--data", "two", "--input-size", 64, "--pipeline", "medsam")
    code, out, err = command("export", kind, "--out", "folder", *words)
    assert code == 0
    assert out.splitlines() == ["folder/encoder    2.0 MB", "folder/README.md  1.2 kB"]
    assert err.splitlines() == ["Licence of the weights: MIT", "Note well."]
    assert asked["weights"] == "ultrasam-tiny"
    assert (asked["precision"], asked["input_size"], asked["pipeline"]) == ("int8", 64, "medsam")
    assert [str(path) for path in asked["data"]] == ["one", "two"]
    assert asked["overwrite"] is False


def test_the_words_of_the_page(command, monkeypatch):
    """Every command that docs/export.md shows is understood; what it would do is tested elsewhere."""
    page = (ROOT / "docs" / "export.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("ultrasam export")]
    asked = []
    for kind in ("onnx", "openvino", "segment_anything", "huggingface"):

        def export(weights, out, *, kind=kind, **options):
            asked.append(kind)
            return Exported(kind, out, {"a": 1}, 64, "fp32", "MIT")

        monkeypatch.setattr(f"ultrasam.export.export_{kind}", export)
    for line in lines:
        assert command(*shlex.split(line, comments=True)[1:])[0] == 0, line
    assert set(asked) == {"onnx", "openvino", "segment_anything", "huggingface"}


def test_fp16_makes_no_sense_as_onnx(command):
    code, _, err = command("export", "onnx", "--out", "folder", "--precision", "fp16")
    assert code == 2
    assert "export to openvino" in err
