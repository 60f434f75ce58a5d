import json

import pytest

from tests.corpus.coco.coco_files import annotation, document, image
from tests.references import shared
from ultrasam.corpus.coco import stream
from ultrasam.corpus.coco.stream import LISTS, stream_entries
from ultrasam.errors import InputError


def lists(path):
    found = {key: [] for key in LISTS}
    for key, entry in stream_entries(path):
        found[key].append(entry)
    return found


def file(tmp_path, content):
    path = tmp_path / "coco.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 50, 10_000])
@pytest.mark.parametrize("indent", [None, 2])
def test_any_json_is_read_as_json_reads_it_wherever_it_is_cut(tmp_path, monkeypatch, chunk, indent):
    monkeypatch.setattr(stream, "_CHUNK", chunk)
    content = {
        "info": {"images": [1], "n": 12.5e3},
        "annotations": [annotation(1, bbox=[1, 2.5, -3e2, 4]), annotation(2, name='a "é", [')],
        "licenses": [],
        "images": [image(1), 12, None, "text", [], True],
        "version": 123456,
        "categories": [],
    }
    path = file(tmp_path, json.dumps(content, indent=indent, ensure_ascii=chunk % 2 == 0))
    assert lists(path) == {key: content[key] for key in LISTS}


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = file(tmp_path, b"\xef\xbb\xbf" + json.dumps(document()).encode())
    assert lists(path) == document()


@pytest.mark.parametrize("cut", [1, 2, 9, 20, 60])
def test_what_is_cut_off_is_refused(tmp_path, cut):
    with pytest.raises(InputError, match="cut off, damaged or something else"):
        lists(file(tmp_path, json.dumps(document())[:-cut]))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "cut off"),
        ("[]", "cut off, damaged or something else: expected one of {"),
        ("[" * 100_000, "cut off, damaged"),
        (b"\x89PNG\r\n", "cut off, damaged"),
        ("{}", "got no images, no annotations, no categories"),
        ('{"images": {}, "annotations": [], "categories": []}', "got no images"),
        ('{"images": [1 2]}', "expected one of , ]"),
        ("{1: []}", "a key is no text"),
    ],
)
def test_what_is_no_coco_is_refused(tmp_path, content, reason):
    with pytest.raises(InputError, match=reason):
        lists(file(tmp_path, content))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        lists(tmp_path / "coco.json")


def test_little_of_the_file_is_held(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "_CHUNK", 1000)
    path = file(tmp_path, json.dumps(document(annotations=[annotation(i) for i in range(500)])))
    held = []
    read_on = stream._Text._read_on
    monkeypatch.setattr(stream._Text, "_read_on", lambda text: (read_on(text), held.append(len(text._held)))[0])
    assert len(lists(path)["annotations"]) == 500
    assert max(held) < 2500 < path.stat().st_size


def test_a_real_file_is_read_as_json_reads_it():
    path = shared("corpus/USGRA/coco.json")
    content = json.loads(path.read_bytes())
    assert lists(path) == {key: content[key] for key in LISTS}
