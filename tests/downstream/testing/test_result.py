import dataclasses
import json

import pytest

from tests.downstream.testing.made import made_test
from ultrasam.corpus import Skipped
from ultrasam.downstream.testing.result import RESULTS, read_result
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
