import json
import sys
from dataclasses import replace

import pytest
import torch
from typer.testing import CliRunner

from tests.weights.servers import Site, serving
from tests.weights.small_networks import segment_anything_state_dict
from ultrasam.cli.weights import app
from ultrasam.errors import MissingExtraError, WeightsError
from ultrasam.weights import DEFAULT, entries, get_entry, read_checkpoint, registry, resolve, write_checkpoint


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weights"


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result


def test_lists_all_names_with_their_licences():
    text = run("list").stdout
    for entry in entries():
        assert entry.name in text
        assert entry.licence in text
        assert f"{entry.input_size} px" in text


def test_downloads_from_the_hub(monkeypatch, tmp_path):
    asked = []

    def download_from_hub(name):
        asked.append(name)
        return tmp_path / "folder"

    monkeypatch.setattr("ultrasam.weights.download_from_hub", download_from_hub)
    result = run("download", "facebook/sam-vit-base")
    assert asked == ["facebook/sam-vit-base"]
    assert result.stdout == f"{tmp_path / 'folder'}\n"
    assert "licence" in result.stderr


def test_lists_for_machines(cache):
    cache.mkdir(parents=True)
    (cache / "UltraSam.pth").write_bytes(b"x")
    states = {entry["name"]: entry["state"] for entry in json.loads(run("list", "--json").stdout)}
    assert states[DEFAULT] == "bundled"
    assert states["mobile-sam"] == "not here"
    assert states["ultrasam"] == "downloaded"
    assert states["sam-vit-h"] == "not here"


def test_shows_a_name():
    text = run("show", "ultrasam").stdout
    assert "CC-BY-NC-SA-4.0" in text
    assert get_entry("ultrasam").urls[0] in text
    assert json.loads(run("show", "sam-vit-b", "--json").stdout)["sha256"] == get_entry("sam-vit-b").sha256


def test_shows_what_a_file_holds():
    facts = json.loads(run("show", resolve(DEFAULT), "--json").stdout)
    assert facts["licence"].startswith(get_entry(DEFAULT).licence)
    assert facts["pipeline"] == "sam"
    assert facts["input_size"] == get_entry(DEFAULT).input_size
    assert facts["config"]["encoder"]["depths"] == [2, 2, 6, 2]


def test_verifies_what_is_here(cache):
    assert run("verify").stdout.startswith(f"{DEFAULT}: ok")
    cache.mkdir(parents=True)
    (cache / "sam_vit_b_01ec64.pth").write_bytes(b"not it")
    with pytest.raises(WeightsError, match="sam-vit-b differ"):
        run("verify")
    assert run("verify", DEFAULT).exit_code == 0
    (row,) = json.loads(run("verify", DEFAULT, "--json").stdout)
    assert row["matches"] is True


def test_verifies_an_unknown_file_by_reading_it(tmp_path):
    torch.save(segment_anything_state_dict(), tmp_path / "mine.pth")
    assert "no hash is known" in run("verify", tmp_path / "mine.pth").stdout
    (tmp_path / "mine.pth").write_bytes((tmp_path / "mine.pth").read_bytes()[:10_000])
    with pytest.raises(WeightsError, match="damaged"):
        run("verify", tmp_path / "mine.pth")


def test_downloads_and_says_licence_and_hash(monkeypatch, cache):
    with serving(Site(b"weights")) as site:
        entry = replace(get_entry("ultrasam"), urls=(site.url,))
        monkeypatch.setattr(registry, "_ENTRIES", (entry,))
        monkeypatch.setitem(registry._BY_NAME, "ultrasam", entry)
        result = run("download", "ultrasam")
    assert result.stdout.strip() == str(cache / "UltraSam.pth")
    assert "Licence: CC-BY-NC-SA-4.0" in result.stderr
    assert "SHA-256 of this download" in result.stderr
    assert (cache / "UltraSam.pth.sha256").is_file()


def test_bundled_weights_are_not_downloaded(cache):
    assert "nothing to download" in run("download", DEFAULT).stdout
    assert not cache.exists()


def test_an_unknown_name_is_refused():
    with pytest.raises(WeightsError, match="'sam3'"):
        run("download", "sam3")


def test_converts_and_keeps_what_is_known(tmp_path):
    torch.save({"model": segment_anything_state_dict()}, tmp_path / "sam.pth")
    target = tmp_path / "out.safetensors"
    result = run(
        "convert", tmp_path / "sam.pth", target, "--dtype", "float16", "--pipeline", "medsam", "--licence", "MIT"
    )
    assert "Licence: MIT" in result.stderr
    assert "pipeline medsam" in result.stdout
    checkpoint = read_checkpoint(target)
    assert (checkpoint.pipeline, checkpoint.metadata["licence"]) == ("medsam", "MIT")
    assert target.stat().st_size < 0.6 * (tmp_path / "sam.pth").stat().st_size


def test_converting_keeps_the_input_size(tmp_path):
    torch.save(segment_anything_state_dict(), tmp_path / "sam.pth")
    small = tmp_path / "small.safetensors"
    write_checkpoint(small, replace(read_checkpoint(tmp_path / "sam.pth"), input_size=320))
    assert "input 320 px" in run("convert", small, tmp_path / "again.safetensors").stdout
    assert read_checkpoint(tmp_path / "again.safetensors").input_size == 320
    assert json.loads(run("show", small, "--json").stdout)["input_size"] == 320


def test_an_unknown_licence_is_said(tmp_path):
    torch.save(segment_anything_state_dict(), tmp_path / "sam.pth")
    assert "Licence: unknown" in run("convert", tmp_path / "sam.pth", tmp_path / "out.safetensors").stderr


def test_what_does_not_fit_is_not_converted(tmp_path):
    state_dict = segment_anything_state_dict()
    del state_dict["mask_decoder.iou_token.weight"]
    torch.save(state_dict, tmp_path / "sam.pth")
    with pytest.raises(WeightsError, match="iou_token"):
        run("convert", tmp_path / "sam.pth", tmp_path / "out.safetensors")
    assert not (tmp_path / "out.safetensors").exists()


def test_a_failure_is_one_line_and_exit_code_2(monkeypatch, capsys):
    from ultrasam.cli.main import main

    monkeypatch.setattr("sys.argv", ["ultrasam", "weights", "verify", "sam-vit-b"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "ultrasam weights download sam-vit-b" in captured.err


def test_a_card_in_a_plain_install_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pytorch_lightning", None)
    result = CliRunner().invoke(app, ["card", DEFAULT])
    assert isinstance(result.exception, MissingExtraError)
    assert str(result.exception).startswith("Model cards need the package pytorch_lightning: ")
    assert "ultrasam[train]" in str(result.exception)
