import os

import pytest

from tests.corpus.source.archive_files import contents, write
from ultrasam.corpus.source import Source

JUNK = ["__MACOSX/a/._1.png", "._1.png", "a/.DS_Store", "a/Thumbs.db", "desktop.ini", ".git/config", "a/._x.zip"]


def test_what_file_managers_leave_behind_is_no_data(tmp_path):
    write(tmp_path, dict.fromkeys([*JUNK, "a/1.png", ".gitignore"], b"x"))
    with Source.open(tmp_path) as source:
        assert [file.path for file in source.files] == [".gitignore", "a/1.png"]
        assert not source.remarks


def test_links_are_followed_and_loops_are_not(tmp_path):
    data = write(tmp_path / "data", {"b/1.png": b"1"})
    elsewhere = write(tmp_path / "elsewhere", {"x/2.png": b"2", "3.png": b"3"})
    (data / "a_link").symlink_to(data / "b")
    (data / "b" / "loop").symlink_to(data)
    (data / "far").symlink_to(elsewhere)
    (data / "file.png").symlink_to(elsewhere / "3.png")
    (data / "broken.png").symlink_to(tmp_path / "nothing")
    os.mkfifo(data / "pipe")
    (tmp_path / "root").symlink_to(data)
    with Source.open(tmp_path / "root") as source:
        assert contents(source) == {"b/1.png": b"1", "far/3.png": b"3", "far/x/2.png": b"2", "file.png": b"3"}
        assert source.remarks == [
            "root: 2 left out, as broken links, devices or pipes: broken.png, pipe",
            "root: 2 left out, as links to folders that are there already: a_link/, b/loop/",
        ]


@pytest.mark.parametrize("name", ["a b/ü (1).png", "[x]/{y}.png", "back\\slash.png"])
def test_names_of_any_kind(tmp_path, name):
    write(tmp_path, {name: b"1"})
    with Source.open(tmp_path) as source:
        assert contents(source) == {name: b"1"}


def test_what_a_download_leaves_behind_is_no_part_of_a_data_set(tmp_path):
    write(tmp_path, dict.fromkeys([".lock", "BUSI.zip.part", "BUSI.zip.part.json", "part", "a.png", "a.json"], b""))
    with Source.open(tmp_path) as source:
        assert sorted(contents(source)) == ["a.json", "a.png", "part"]
    [remark] = source.remarks
    assert remark.endswith("1 left out, as their download is not complete: BUSI.zip.part")
