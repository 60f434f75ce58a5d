import json

import pytest

from ultrasam.errors import InputError
from ultrasam.evaluation.records import RecordFile


@pytest.fixture
def records(tmp_path):
    file = RecordFile(tmp_path / "records" / "made.jsonl")
    for number in range(3):
        file.append({"image_id": number, "name": "Größe", "failed": False})
    return file


def test_lines_come_back(records):
    assert [record["image_id"] for record in records] == [0, 1, 2]
    assert records.recover() == {0, 1, 2}


def test_nothing_is_there_before_the_first(tmp_path):
    file = RecordFile(tmp_path / "none.jsonl")
    assert list(file) == []
    assert file.recover() == set()


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_what_a_killed_run_left_is_cut_off(records, cut):
    whole = records.path.read_bytes()
    records.path.write_bytes(whole[:-cut])
    assert [record["image_id"] for record in records] == [0, 1], "also before it is cut off"
    assert records.recover() == {0, 1}
    records.append({"image_id": 2, "name": "Größe", "failed": False})
    assert records.path.read_bytes() == whole


def test_a_long_broken_line_is_cut_off_whole(records):
    whole = records.path.read_bytes()
    records.path.write_bytes(whole + b'{"image_id": 3, "mask": "' + b"x" * 300_000)
    assert records.recover() == {0, 1, 2}
    assert records.path.read_bytes() == whole


def test_a_file_of_one_broken_line_becomes_empty(records):
    records.path.write_bytes(b'{"image_id"')
    assert records.recover() == set()
    assert records.path.read_bytes() == b""


def test_images_that_failed_are_forgotten_to_be_tried_again(records):
    whole = records.path.read_bytes()
    records.append({"image_id": 3, "failed": True})
    assert records.recover() == {0, 1, 2}
    assert records.path.read_bytes() == whole


def test_signs_that_utf8_has_not_are_kept(records):
    records.append({"image_id": 3, "name": "\ud800.png", "failed": False})
    assert [record["name"] for record in records][-1] == "\ud800.png"


def test_damage_elsewhere_is_told_and_nothing_cut(records):
    lines = records.path.read_text().splitlines(keepends=True)
    damaged = "".join([lines[0], lines[1][:5] + "\n", lines[2]])
    records.path.write_text(damaged)
    with pytest.raises(InputError, match=r"line 2 of .*delete that line"):
        records.recover()
    assert records.path.read_text() == damaged


def test_numbers_that_json_has_not_are_refused(records):
    with pytest.raises(ValueError, match="JSON"):
        records.append({"image_id": 4, "dice": float("nan")})
    assert len([json.loads(line) for line in records.path.read_text().splitlines()]) == 3
