from pathlib import Path

import pytest

from ultrasam.cache import cache_dir


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch, tmp_path):
    monkeypatch.delenv("ULTRASAM_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_it_is_in_the_users_cache():
    assert cache_dir("weights") == Path.home() / ".cache" / "ultrasam" / "weights"


@pytest.mark.parametrize("kind", ["weights", "embeddings"])
def test_kinds_lie_side_by_side(kind):
    assert cache_dir(kind).name == kind
    assert cache_dir(kind).parent == cache_dir("other").parent


def test_the_desktops_setting_is_respected(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir("weights") == tmp_path / "xdg" / "ultrasam" / "weights"


def test_ultrasams_own_setting_goes_first(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "own"))
    assert cache_dir("weights") == tmp_path / "own" / "weights"


@pytest.mark.parametrize("variable", ["ULTRASAM_CACHE", "XDG_CACHE_HOME"])
def test_a_tilde_is_the_home_folder(monkeypatch, variable):
    monkeypatch.setenv(variable, "~/kept")
    assert cache_dir("weights").is_relative_to(Path.home() / "kept")


@pytest.mark.parametrize("variable", ["ULTRASAM_CACHE", "XDG_CACHE_HOME"])
def test_an_empty_setting_is_none(monkeypatch, variable):
    monkeypatch.setenv(variable, "")
    assert cache_dir("weights") == Path.home() / ".cache" / "ultrasam" / "weights"


def test_asking_makes_no_folder():
    assert not cache_dir("weights").exists()
