import re
import subprocess
import sys
from importlib import invalidate_caches, metadata

import pytest

from tests.references import ROOT
from ultrasam.errors import MissingExtraError, UltraSamError
from ultrasam.extras import EXTRAS, check_installed, is_installed, require

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

ALL_MODULES = [(extra, module) for extra, modules in EXTRAS.items() for module in modules]


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project["optional-dependencies"]


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_extra_for_users_is_declared_and_every_declared_one_is_known():
    assert set(declared()) == set(EXTRAS) | {"all", "dev"}


def test_all_brings_every_extra():
    assert declared()["all"] == [f"ultrasam[{','.join(EXTRAS)}]"]


@pytest.mark.parametrize(("extra", "module"), ALL_MODULES)
def test_the_extra_declares_the_package_that_brings_the_module(extra, module):
    packages = {normal(name) for name in metadata.packages_distributions()[module]}
    declared_packages = {normal(re.split(r"[^\w.-]", text)[0]) for text in declared()[extra]}
    assert packages & declared_packages


@pytest.mark.parametrize(("extra", "module"), ALL_MODULES)
def test_what_is_installed_is_imported(extra, module):
    assert require(module, needed_for="Tests").__name__ == module


@pytest.mark.parametrize(("extra", "module"), ALL_MODULES)
def test_what_is_missing_is_named_with_its_extra(monkeypatch, extra, module):
    monkeypatch.setitem(sys.modules, module, None)
    for ask in (require, check_installed):
        with pytest.raises(MissingExtraError) as caught:
            ask(module, needed_for="NIfTI files")
        assert str(caught.value) == (
            f'NIfTI files need the package {module}: install it with  pip install "ultrasam[{extra}]"'
        )
        assert isinstance(caught.value, UltraSamError)
        assert isinstance(caught.value, ImportError)


def test_what_is_installed_is_found_without_an_import():
    modules = [module for _, module in ALL_MODULES]
    code = (
        f"import sys; from ultrasam.extras import check_installed; check_installed(*{modules}, needed_for='Tests');"
        f"print([module for module in {modules} if module in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_folder_that_has_the_name_of_a_package_is_none(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "made_package_name").mkdir()
    assert not is_installed("made_package_name")
    (tmp_path / "made_package_name/__init__.py").touch()
    invalidate_caches()
    assert is_installed("made_package_name")
