import os

import numpy as np
import pytest

from tests.corpus.duplicates.scans import coco_folder, scan
from ultrasam.corpus.duplicates import fingerprint_file
from ultrasam.corpus.duplicates.entries import read_data_set
from ultrasam.corpus.duplicates.fingerprint_file import FINGERPRINTS_NAME, Unreadable, fingerprints


@pytest.fixture
def folder(tmp_path):
    return coco_folder(tmp_path / "set", {"a.png": scan(1), "b.png": scan(2), "c.png": b"no image"})


@pytest.fixture
def made(monkeypatch):
    """The files of which a fingerprint was made."""
    files = []
    original = fingerprint_file._of_file

    def recording(path):
        files.append(path.name)
        return original(path)

    monkeypatch.setattr(fingerprint_file, "_of_file", recording)
    return files


def run(folder):
    count = []
    answers = fingerprints(read_data_set(folder), workers=1, on_image=lambda: count.append(1))
    assert len(count) == len(answers) == 3
    return answers


def test_only_what_changed_is_made_anew(folder, made):
    first = run(folder)
    assert made == ["a.png", "b.png", "c.png"]
    assert isinstance(first[2], Unreadable)
    made.clear()
    again = run(folder)
    assert made == ["c.png"]
    for one, other in zip(first[:2], again[:2], strict=True):
        np.testing.assert_array_equal(one, other)
    made.clear()
    os.utime(folder / "images" / "b.png", (1, 1))
    run(folder)
    assert made == ["b.png", "c.png"]


def test_what_was_made_before_an_interruption_is_kept(folder, made):
    done = []

    def interrupt():
        done.append(1)
        if len(done) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fingerprints(read_data_set(folder), workers=1, on_image=interrupt)
    made.clear()
    run(folder)
    assert made == ["c.png"]


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_damaged_file_is_made_anew(folder, made, content, caplog):
    run(folder)
    path = folder / FINGERPRINTS_NAME
    path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    made.clear()
    run(folder)
    assert made == ["a.png", "b.png", "c.png"]
    assert f"{path} is damaged and made anew" in caplog.text
    made.clear()
    run(folder)
    assert made == ["c.png"]


def test_a_folder_that_may_not_be_written_stays_as_it_is(folder, made, tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))
    folder.chmod(0o555)
    try:
        run(folder)
        made.clear()
        run(folder)
        assert made == ["c.png"]
        assert not (folder / FINGERPRINTS_NAME).exists()
    finally:
        folder.chmod(0o755)
