import os

import pytest

from ultrasam.errors import InputError
from ultrasam.files import FreeNames, alone, without_nan, written_whole


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def write_half(target, failure):
    with written_whole(target) as temporary:
        temporary.write_text("half")
        raise failure


def test_the_file_appears_when_it_is_whole(tmp_path):
    target = tmp_path / "mask.png"
    with written_whole(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert names_in(tmp_path) == ["mask.png"]


def test_the_temporary_file_lies_beside_it_and_keeps_the_ending(tmp_path):
    # Beside it, as a rename cannot cross file systems; the ending, as writers choose their format by it.
    for name in ("mask.png", "volume.nii.gz", "no_ending"):
        with written_whole(tmp_path / name) as temporary:
            assert temporary.parent == tmp_path
            assert "".join(temporary.suffixes[-2:]).endswith("".join((tmp_path / name).suffixes))
            assert temporary.name != name


def test_text_paths_and_missing_folders_are_fine(tmp_path):
    with written_whole(str(tmp_path / "a" / "b" / "c.txt")) as temporary:
        temporary.write_text("x")
    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "x"


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_nothing_behind(tmp_path, failure):
    with pytest.raises(failure):
        write_half(tmp_path / "mask.png", failure)
    assert names_in(tmp_path) == []


def test_a_failure_keeps_the_old_file(tmp_path):
    target = tmp_path / "mask.png"
    target.write_text("old")
    with pytest.raises(ValueError, match="broken"):
        write_half(target, ValueError("broken"))
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["mask.png"]


def test_success_replaces_the_old_file(tmp_path):
    target = tmp_path / "mask.png"
    target.write_text("old")
    with written_whole(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_are_the_users_usual_ones(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        with written_whole(tmp_path / "mask.png") as temporary:
            temporary.write_text("x")
        assert os.umask(umask) == umask, "the process's umask is as before"
    finally:
        os.umask(before)
    assert (tmp_path / "mask.png").stat().st_mode & 0o777 == mode


def test_a_writer_that_makes_the_file_anew_is_fine(tmp_path):
    with written_whole(tmp_path / "mask.png") as temporary:
        temporary.unlink()
        temporary.write_text("x")
    assert (tmp_path / "mask.png").read_text() == "x"


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
def test_a_link_stays_and_the_file_behind_it_is_written(tmp_path):
    (tmp_path / "results").mkdir()
    for name in ("results/there.csv", "results/not_yet.csv"):
        link, target = tmp_path / "link.csv", tmp_path / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        with written_whole(link) as temporary:
            assert temporary.parent == target.parent
            temporary.write_text("new")
        assert link.is_symlink()
        assert target.read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_what_is_no_file_is_refused_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "stdout"
    link.symlink_to(pipe)
    for path in (pipe, link, tmp_path, os.devnull):
        with pytest.raises(InputError, match="is a folder, a device or a pipe"), written_whole(path):
            pass
    assert pipe.is_fifo()
    assert names_in(tmp_path) == ["pipe", "stdout"]


def test_the_umask_of_the_process_is_never_touched(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "umask")
    with written_whole(tmp_path / "mask.png") as temporary:
        temporary.write_text("x")
    assert names_in(tmp_path) == ["mask.png"]


def test_free_names_ignore_case():
    names = FreeNames()
    assert [names.take(stem, ".png") for stem in ("a", "A", "a-2", "a")] == ["a.png", "A-2.png", "a-2-2.png", "a-3.png"]


def test_what_json_cannot_hold_is_none():
    values = {"a": [float("nan"), 1.5, (float("-inf"), 2)], "b": "NaN", "c": None, "d": True}
    assert without_nan(values) == {"a": [None, 1.5, [None, 2]], "b": "NaN", "c": None, "d": True}


def test_a_file_cannot_be_held_as_a_folder(tmp_path):
    (tmp_path / "x").touch()
    with pytest.raises(InputError, match="is a file"), alone(tmp_path / "x"):
        pass
