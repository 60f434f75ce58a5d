import re
import sys
from importlib import metadata

import pytest

from tests.references import ROOT
from ultrasam.errors import MissingExtraError, UltraSamError
from ultrasam.extras import EXTRAS, require

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
    with pytest.raises(MissingExtraError) as caught:
        require(module, needed_for="NIfTI files")
    assert str(caught.value) == (
        f'NIfTI files need the package {module}: install it with  pip install "ultrasam[{extra}]"'
    )
    assert isinstance(caught.value, UltraSamError)
    assert isinstance(caught.value, ImportError)
