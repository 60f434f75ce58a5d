import dataclasses
import json

import pytest

from tests.downstream.testing.made import made_test
from ultrasam.corpus import Skipped
from ultrasam.downstream.testing.predictions import write_predictions
from ultrasam.downstream.testing.result import RESULTS, read_result
from ultrasam.downstream.testing.settings import read_test_settings
from ultrasam.errors import InputError


@pytest.mark.parametrize("kind", ["classification", "regression", "semantic", "instance"])
def test_it_comes_back_as_it_was(kind, tmp_path):
    result, _ = made_test(kind, tmp_path)
    result = dataclasses.replace(result, left_out=(Skipped("a", "image b", "Because."),), split_report="Given.")
    result.write()
    assert read_result(tmp_path) == result
    assert "NaN" not in (tmp_path / RESULTS).read_text(encoding="utf-8")


def test_no_path_of_this_machine_is_in_it(tmp_path):
    result, _ = made_test("classification", tmp_path)
    result.write()
    assert str(tmp_path) not in (tmp_path / RESULTS).read_text(encoding="utf-8")


@pytest.mark.parametrize("change", ["cut", "without", "other"])
def test_a_damaged_file_is_told(change, tmp_path):
    result, _ = made_test("classification", tmp_path)
    result.write()
    path = tmp_path / RESULTS
    found = json.loads(path.read_text(encoding="utf-8"))
    if change == "cut":
        path.write_text(path.read_text(encoding="utf-8")[:-40])
    elif change == "without":
        path.write_text(json.dumps({k: v for k, v in found.items() if k != "overall"}))
    else:
        path.write_text(json.dumps([found]))
    with pytest.raises(InputError, match="test again"):
        read_result(tmp_path)


def test_a_folder_without_it_is_told(tmp_path):
    with pytest.raises(InputError, match=r"there is no results\.json"):
        read_result(tmp_path)


def test_names_that_are_no_utf_8_are_kept(tmp_path):
    """Archives of old Windows have them."""
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    result, tested = made_test("classification", tmp_path)
    settings = dataclasses.replace(result.settings, classes=(name, "Größe"))
    result = dataclasses.replace(result, settings=settings, left_out=(Skipped("set", name, "why"),))
    result.write()
    settings.write(tmp_path)
    for record in tested.records:
        record["image"] = name
    write_predictions(dataclasses.replace(tested, classes=settings.classes), tmp_path)
    assert read_result(tmp_path) == result
    assert read_test_settings(tmp_path) == settings
    assert "caf\\udce9.png" in (tmp_path / "predictions.csv").read_text(encoding="utf-8")
    assert "Größe" in (tmp_path / "results.json").read_text(encoding="utf-8")
