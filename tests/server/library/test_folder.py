import os
import shutil

import pytest

from tests.references import EXAMPLES, shared
from ultrasam.imaging import expand_paths
from ultrasam.server.library.folder import locate, scan
from ultrasam.server.refusals import Forbidden, Gone


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    shutil.copy(EXAMPLES / "nerve.png", folder / "secret.png")
    return folder


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "images"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / ".ultrasam" / "uploads").mkdir(parents=True)
    for name in ("one.png", "a/two.PNG", "a/b/three.nii.gz", "a/notes.txt", ".hidden.png", ".ultrasam/database.png"):
        (folder / name).write_bytes(b"x")
    return folder


def found(root):
    return scan(root, leave_out=root / ".ultrasam" / "uploads")


def test_names_are_relative_and_sorted(root):
    assert found(root) == ["a/b/three.nii.gz", "a/two.PNG", "one.png"]


def test_scan_finds_what_the_command_line_finds():
    folder = shared("dicom").resolve()
    names = found(folder)
    assert {folder / name for name in names} == set(expand_paths([str(folder)]))
    assert names == sorted(set(names))
    assert "dcm4che/US-PAL-8-10x-echo" in names  # it has no ending
    assert "INVENTORY.csv" not in names


def test_uploads_in_the_folder_are_passed_over(root):
    uploads = root / "uploads"
    uploads.mkdir()
    (uploads / "sent.png").write_bytes(b"x")
    assert "uploads/sent.png" not in scan(root, leave_out=uploads)
    assert "uploads/sent.png" in found(root)


def test_links_that_leave_the_folder_are_left_out(root, outside):
    (root / "file.png").symlink_to(outside / "secret.png")
    (root / "folder").symlink_to(outside)
    (root / "hidden.png").symlink_to(root / ".hidden.png")
    (root / "circle.png").symlink_to(root / "circle.png")
    (root / "nowhere.png").symlink_to(root / "gone.png")
    (root / "same.png").symlink_to("one.png")
    assert found(root) == ["a/b/three.nii.gz", "a/two.PNG", "one.png", "same.png"]


def test_what_is_no_file_is_left_out_and_never_opened(root):
    os.mkfifo(root / "pipe")
    os.mkfifo(root / "pipe.png")
    assert "pipe.png" not in found(root)


def test_names_that_json_cannot_hold_are_left_out(root):
    (root / "a\\b.png").write_bytes(b"x")
    os.close(os.open(os.fsencode(root) + b"/\xff.png", os.O_CREAT))
    assert found(root) == ["a/b/three.nii.gz", "a/two.PNG", "one.png"]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(Gone, match=r"folder images.*not there"):
        found(tmp_path / "images")


def test_ten_thousand_files(tmp_path):
    for number in range(100):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in range(100):
            (folder / f"{name}.png").touch()
    assert len(found(tmp_path)) == 10_000


def test_locate_gives_the_file(root):
    (root / "same.png").symlink_to("one.png")
    assert locate(root, "a/b/three.nii.gz") == root / "a" / "b" / "three.nii.gz"
    assert locate(root, "same.png") == root / "one.png"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../outside/secret.png",
        "a/../one.png",
        "a/../../outside/secret.png",
        "a//../../outside/secret.png",
        "./one.png",
        "/etc/passwd",
        "//etc/passwd",
        "..\\outside\\secret.png",
        "C:\\secret.png",
        "one.png\0.txt",
        "\0",
        "one\ud800.png",
        ".hidden.png",
        ".ultrasam/database.png",
        "a/.hidden.png",
        "a",
        "a/",
        "pipe.png",
        "file.png",
        "folder/secret.png",
        "hidden.png",
        "device",
    ],
)
def test_locate_refuses_what_is_not_in_the_folder(root, outside, name):
    (root / "file.png").symlink_to(outside / "secret.png")
    (root / "folder").symlink_to(outside)
    (root / "hidden.png").symlink_to(root / ".hidden.png")
    (root / "device").symlink_to("/dev/zero")
    os.mkfifo(root / "pipe.png")
    with pytest.raises(Forbidden) as refused:
        locate(root, name)
    assert str(root.parent) not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["gone.png", "one.png/two.png", "%2e%2e/outside/secret.png", "%2e%2e%2foutside%2fsecret.png"]
)
def test_locate_says_what_is_gone(root, outside, name):
    with pytest.raises(Gone, match="is gone"):
        locate(root, name)


def test_a_folder_behind_a_link_is_a_folder(root, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(root)
    assert found(link.resolve()) == found(root)
