"""What a user has written down about the values of masks."""

import json

import pytest

from ultrasam.downstream.data.masks.classes import named_values
from ultrasam.errors import InputError


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (["cyst", "nodule"], ("cyst", "nodule")),
        (["background", "cyst"], ("cyst",)),
        ({"1": "cyst", "2": "nodule"}, {1: "cyst", 2: "nodule"}),
        ({"cyst": 85, "void": 255}, {85: "cyst", 255: "void"}),
        ({"0": "background", "85": "cyst", "255": None}, {0: None, 85: "cyst", 255: None}),
        ({"cyst": "#ff0080"}, {(255, 0, 128): "cyst"}),
        ({"cyst": [1, 2, 3], "bg": [0, 0, 0]}, {(1, 2, 3): "cyst", (0, 0, 0): None}),
    ],
)
def test_json(tmp_path, content, named):
    (tmp_path / "classes.json").write_text(json.dumps(content))
    assert named_values([tmp_path], ("given",)) == named


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("cyst\nnodule\n", ("cyst", "nodule")),
        ("__ignored name\n", ("__ignored name",)),
        ("_background_\ncyst\n", ("cyst",)),
        ("1 cyst\n2: theca cell\n", {1: "cyst", 2: "theca cell"}),
        ("0,background\n255,cyst\n", {0: None, 255: "cyst"}),
    ],
)
def test_text(tmp_path, text, named):
    (tmp_path / "classes.txt").write_text(text)
    assert named_values([tmp_path / "missing", tmp_path], ()) == named


def test_nnunet_s_facts_and_nothing_at_all(tmp_path):
    assert named_values([tmp_path], ("a", "b")) == ("a", "b")
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": {"background": 0, "cyst": 1}}))
    assert named_values([tmp_path], ()) == {0: None, 1: "cyst"}
    (tmp_path / "dataset.json").write_text(json.dumps({"name": "mine", "licence": "CC BY 4.0"}))
    assert named_values([tmp_path], ()) == ()


@pytest.mark.parametrize("content", ['"cyst"', "[1, 2]", '{"cyst": "red"}', '{"1": ["cyst"]}', "{", "{}"])
def test_what_names_nothing(tmp_path, content):
    (tmp_path / "classes.json").write_text(content)
    with pytest.raises(InputError, match=r"classes\.json"):
        named_values([tmp_path], ())


@pytest.mark.parametrize(
    ("name", "text"), [("classes.json", '{"1": "cyst", "2": "nodule"}'), ("classes.txt", "1: cyst\r\n2: nodule\r\n")]
)
def test_files_of_editors_on_windows(name, text, tmp_path):
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert named_values([tmp_path], ()) == {1: "cyst", 2: "nodule"}


def test_pixels_that_nobody_has_annotated_are_no_class(tmp_path):
    (tmp_path / "dataset.json").write_text('{"labels": {"background": 0, "cyst": 1, "ignore": 2}}')
    with pytest.raises(InputError, match="label 'ignore'"):
        named_values([tmp_path], ())
