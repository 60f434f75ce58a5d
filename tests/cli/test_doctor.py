import json
import sys
from importlib import metadata
from pathlib import Path

import pytest
import torch
import typer
from typer.testing import CliRunner

import ultrasam
from ultrasam.cli.doctor import doctor
from ultrasam.cli.environment import examine
from ultrasam.weights import DEFAULT, get_entry, locate

app = typer.Typer()
app.command()(doctor)


def run(*arguments):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.exception
    return result.stdout


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))


def test_json_is_the_whole_report():
    report = json.loads(run("--json"))
    assert report == examine()
    assert report["system"]["ultrasam"] == ultrasam.__version__
    assert report["torch"]["version"] == metadata.version("torch")
    assert report["default_weights"]["as_published"] is True
    assert report["dicom_decoders"]["RLE Lossless"]["decoder"]
    assert not [section for section in report.values() if "error" in section]


def test_people_are_told_the_same():
    text = run()
    for words in (ultrasam.__version__, metadata.version("torch"), "pydicom", "volumes", DEFAULT, "JPEG-LS"):
        assert words in text


def test_dependencies_are_those_of_the_package():
    dependencies = examine()["dependencies"]
    assert dependencies["numpy"] == metadata.version("numpy")
    assert {"torch", "typer", "huggingface-hub"} <= set(dependencies)
    assert not {"av", "simpleitk", "pytest"} & set(dependencies)


def test_a_missing_dependency_is_shown(monkeypatch):
    monkeypatch.setattr(metadata, "requires", lambda name: ["no-such-package>=1.2", 'pytest; extra == "dev"'])
    assert examine()["dependencies"] == {"no-such-package": None}
    assert "no-such-package  missing" in run()


def test_a_missing_extra_comes_with_the_line_that_installs_it(monkeypatch):
    # None stands for a module that cannot be imported.
    monkeypatch.setitem(sys.modules, "av", None)
    assert examine()["extras"] == {
        "volumes": {"missing": [], "install": 'pip install "ultrasam[volumes]"'},
        "video": {"missing": ["av"], "install": 'pip install "ultrasam[video]"'},
        "evaluate": {"missing": [], "install": 'pip install "ultrasam[evaluate]"'},
        "train": {"missing": [], "install": 'pip install "ultrasam[train]"'},
        "data": {"missing": [], "install": 'pip install "ultrasam[data]"'},
        "finetune": {"missing": [], "install": 'pip install "ultrasam[finetune]"'},
        "scale": {"missing": [], "install": 'pip install "ultrasam[scale]"'},
        "fast": {"missing": [], "install": 'pip install "ultrasam[fast]"'},
        "export": {"missing": [], "install": 'pip install "ultrasam[export]"'},
        "serve": {"missing": [], "install": 'pip install "ultrasam[serve]"'},
    }
    assert 'av missing: pip install "ultrasam[video]"' in run()


class TestBackends:
    @pytest.fixture(autouse=True)
    def _machine(self, monkeypatch):
        """A CPU that has bf16, without a GPU and without an int8 graph."""
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        monkeypatch.setattr("ultrasam.backends.installed.has_bf16", lambda: True)
        monkeypatch.setattr("ultrasam.graphs.int8_store.find_int8", lambda checkpoint, input_size: None)

    def test_what_is_installed_and_what_it_can(self):
        assert examine()["backends"] == {
            "torch": {"version": metadata.version("torch"), "precisions": ["fp32", "bf16"]},
            "onnxruntime": {"version": metadata.version("onnxruntime"), "precisions": ["fp32", "int8"]},
            "openvino": {"version": metadata.version("openvino"), "precisions": ["fp32", "bf16", "int8"]},
            "auto": {"fp32": "openvino", "bf16": "openvino"},
            "int8_of_default_weights": None,
        }
        text = run()
        assert f"openvino                 {metadata.version('openvino')}: fp32, bf16, int8" in text
        assert "openvino for fp32, openvino for bf16" in text
        assert "int8 of default weights  none" in text

    def test_what_is_missing_comes_with_the_line_that_installs_it(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "openvino", None)
        found = examine()["backends"]
        assert found["openvino"] == {"version": None, "precisions": []}
        assert found["auto"] == {"fp32": "torch", "bf16": "torch"}
        assert 'not installed: pip install "ultrasam[fast]"' in run()

    def test_the_int8_graph_of_the_default_weights(self, monkeypatch, tmp_path):
        entry = get_entry(DEFAULT)
        monkeypatch.setattr(
            "ultrasam.graphs.int8_store.find_int8",
            lambda given, size: tmp_path / "x.onnx" if (given.sha256, size) == (entry.sha256, 512) else None,
        )
        assert examine()["backends"]["int8_of_default_weights"] == str(tmp_path / "x.onnx")


def test_caches_are_counted(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE_BYTES", str(3 * 2**20))
    folder = tmp_path / "cache" / "embeddings"
    folder.mkdir(parents=True)
    (folder / "one").write_bytes(bytes(1024))
    (folder / "two").write_bytes(bytes(1024))
    caches = examine()["caches"]
    assert caches["embeddings"] == {
        "folder": str(folder),
        "files": 2,
        "bytes": 2048,
        "at_most_bytes": 3 * 2**20,
    }
    assert (caches["weights"]["files"], caches["weights"]["at_most_bytes"]) == (0, None)
    assert "2 files, 2 KiB of at most 3 MiB" in run()


def test_the_home_folder_is_not_told(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert str(tmp_path) not in run("--json")
    assert examine()["caches"]["weights"]["folder"] == str(Path("~/cache/weights"))


def test_a_home_of_slash_does_not_spoil_the_paths(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/")
    assert examine()["caches"]["weights"]["folder"] == str(tmp_path / "cache" / "weights")


def test_a_user_without_a_home_is_examined_too(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("ULTRASAM_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert "home directory" in examine()["caches"]["error"]


def test_what_is_broken_is_reported_and_the_rest_still_examined(monkeypatch):
    from ultrasam import weights

    monkeypatch.setattr(weights, "verify", lambda name: 1 / 0)
    monkeypatch.setitem(sys.modules, "ultrasam.imaging.dicom_decoding", None)
    monkeypatch.setenv("ULTRASAM_CACHE_BYTES", "much")
    report = examine()
    assert report["default_weights"] == {"error": "ZeroDivisionError: division by zero"}
    assert set(report["dicom_decoders"]) == set(report["caches"]) == {"error"}
    assert report["torch"]["version"]
    assert run().count("could not be examined") == 3


def test_damaged_weights_are_noticed(tmp_path, monkeypatch):
    (tmp_path / get_entry(DEFAULT).file).write_bytes(b"damaged")
    monkeypatch.setattr(locate, "BUNDLED_FOLDER", tmp_path)
    assert examine()["default_weights"]["as_published"] is False
    assert "as published  no" in run()
