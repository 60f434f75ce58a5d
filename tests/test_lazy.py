import sys
from types import ModuleType

import pytest

from ultrasam.lazy import imported_on_use


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose module is imported when its name is used."""
    folder = tmp_path / "made_package"
    folder.mkdir()
    (folder / "heavy.py").write_text("weight = 3")
    (folder / "__init__.py").write_text(
        "from ultrasam.lazy import imported_on_use\n"
        "__getattr__ = imported_on_use(__name__, {'weight': 'made_package.heavy'})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith("made_package")]:
        del sys.modules[name]


def test_a_name_is_imported_when_it_is_used(package):
    import made_package

    assert "made_package.heavy" not in sys.modules
    assert made_package.weight == 3
    assert "made_package.heavy" in sys.modules


def test_a_name_can_be_imported_from_the_package(package):
    from made_package import weight

    assert weight == 3


def test_another_name_is_unknown_as_in_any_module():
    with pytest.raises(AttributeError) as expected:
        _ = ModuleType("made").nothing
    with pytest.raises(AttributeError) as found:
        imported_on_use("made", {})("nothing")
    assert str(found.value) == str(expected.value)
