import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ultrasam.errors import PromptError
from ultrasam.inference.prompt_file import PromptFile


def write(folder, content):
    path = folder / "prompts.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_prompts_by_name_path_and_pattern(tmp_path):
    content = {
        "scan.png": [{"box_xyxy": [1, 2, 3, 4], "name": "head"}],
        "cine/*.dcm": [{"frame": 3, "points_xy": [[5, 6], [7, 8]], "labels": [1, 0]}],
        "*": [{"points_xy": [[1, 1]]}],
    }
    prompts = PromptFile.read(write(tmp_path, content))
    assert [p.prompts.name for p in prompts.for_file(Path("/far/away/scan.png"))] == ["head", None]
    (second, third) = prompts.for_file(Path("some/cine/a.dcm"))
    assert second.frame == 3
    assert second.prompts.labels.tolist() == [1, 0]
    assert third.prompts.points_xy.tolist() == [[1, 1]]
    assert len(prompts.for_file(Path("other/a.dcm"))) == 1
    assert prompts.files() == [str(tmp_path / "scan.png"), str(tmp_path / "cine/*.dcm")]


def test_keys_are_ends_of_the_whole_path(tmp_path, monkeypatch):
    (tmp_path / "mix").mkdir()
    monkeypatch.chdir(tmp_path / "mix")
    one = [{"points_xy": [[1, 1]]}]
    absolute = str(tmp_path / "mix" / "b.png")
    prompts = PromptFile.read(write(tmp_path, {"mix/a.png": one, "./mix/a.png": one, absolute: one, "c.png": one}))
    assert len(prompts.for_file(Path("a.png"))) == 2
    assert len(prompts.for_file(Path("b.png"))) == 1
    assert prompts.keys_without([Path("a.png"), Path("b.png")]) == ["c.png"]


def test_a_byte_order_mark_is_no_hindrance(tmp_path):
    (tmp_path / "prompts.json").write_text('{"a.png": []}', encoding="utf-8-sig")
    assert PromptFile.read(tmp_path / "prompts.json").entries == {"a.png": ()}


def test_a_name_with_brackets_is_no_pattern(tmp_path):
    prompts = PromptFile.read(write(tmp_path, {"scan [1].png": [{"points_xy": [[1, 1]]}]}))
    assert len(prompts.for_file(Path("a/scan [1].png"))) == 1
    assert len(prompts.for_file(Path("scan [1].png"))) == 1
    assert not prompts.for_file(Path("my scan [1].png"))


def test_masks_are_beside_the_file(tmp_path):
    mask = np.zeros((4, 5), np.uint8)
    mask[1, 2] = 255
    Image.fromarray(mask).save(tmp_path / "start.png")
    (found,) = PromptFile.read(write(tmp_path, {"*": [{"mask": "start.png"}]})).for_file(Path("x.png"))
    assert np.array_equal(found.prompts.mask, mask > 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json", "JSON"),
        ("[]", "another structure"),
        ({"a.png": {"box_xyxy": [1, 2, 3, 4]}}, "another structure"),
        ({"a.png": [5]}, "a.png, prompt 1"),
        ({"a.png": [{"box_xyxy": [1, 2, 3, 4]}, {"box": [1, 2, 3, 4]}]}, r"a.png, prompt 2.*\['box'\]"),
        ({"a.png": [{"box_xyxy": [9, 2, 3, 4]}]}, "a.png, prompt 1: .*x0 < x1"),
        ({"a.png": [{"points_xy": [[1, 2]], "frame": "x"}]}, "whole number"),
        ({"a.png": [{"mask": "absent.png"}]}, "absent.png"),
        ({"a.png": [{}]}, "at least one point"),
        ({"a.png": [{"points_xy": [[1, 2]], "name": 5}]}, "name as text"),
        ({"a.png": [{"box_xyxy": [1, 1, 10**400, 3]}]}, "numbers"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, content, message):
    with pytest.raises(PromptError, match=message):
        PromptFile.read(write(tmp_path, content))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(PromptError, match=r"none at .*nowhere\.json"):
        PromptFile.read(tmp_path / "nowhere.json")
