import gzip
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.imaging.test_video import write
from ultrasam.errors import ImageError, InputError
from ultrasam.imaging import expand_paths, read


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((4, 6), np.uint8)).save(path, format="PNG")
    return path


def test_content_decides_and_not_the_name(tmp_path):
    path = picture(tmp_path / "x.dcm")
    assert read(path).source.format == "PNG"
    assert read(str(path)).source.name == "x.dcm"


def test_a_spacing_that_is_given_replaces_the_files_own(tmp_path):
    image = read(picture(tmp_path / "x.png"), spacing_mm=(0.1, 0.2))
    assert image.spacing_mm == (0.1, 0.2)
    assert image.calibration == "0.1 x 0.2 mm per pixel (given by the user)"
    assert image.regions[0].box_xyxy == (0, 0, 6, 4)


@pytest.mark.parametrize("spacing", [(0, 1), (-1, 1), (float("nan"), 1), (float("inf"), 1), (1,), (1, 1, 1)])
def test_a_spacing_must_be_two_positive_numbers(tmp_path, spacing):
    with pytest.raises(InputError, match="Expected spacing_mm as two positive numbers"):
        read(picture(tmp_path / "x.png"), spacing_mm=spacing)


def zipped(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.txt", "x")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "it is a folder"),
        (lambda path: path.write_bytes(b""), r"it is empty \(0 bytes\)"),
        (lambda path: path.write_text("hello äöü\n" * 1000), "is a text file"),
        (zipped, "is a ZIP archive: unpack it first"),
        (lambda path: path.write_bytes(gzip.compress(b"words")), "compressed by gzip and holds no NIfTI image"),
        (lambda path: path.write_bytes(b"%PDF-1.7\n"), "is a PDF document"),
        (lambda path: path.write_bytes(bytes(range(256)) * 20), "is of an unknown kind"),
    ],
)
def test_what_is_no_image_is_named(tmp_path, make, words):
    path = tmp_path / "x.png"
    make(path)
    with pytest.raises(ImageError, match=f"^Expected .*{words}") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = picture(tmp_path / "x.png")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(ImageError, match=r"cannot be opened: .*Permission denied"):
        read(path)


def test_a_name_with_a_nul_byte():
    with pytest.raises(ImageError, match="Expected a"):
        read("x\0.png")


def test_big_libraries_are_imported_only_for_their_files(tmp_path):
    path = picture(tmp_path / "x.png")
    code = (
        "import sys; from ultrasam.imaging import read; read(sys.argv[1]);"
        "print([name for name in ('torch', 'pydicom', 'SimpleITK', 'nibabel', 'av') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("b.png", "a.PNG", "sub/c.jpg", ".hidden.png", ".git/d.png", "volume.nii.gz", "[1].png"):
        picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "volume.raw").write_bytes(bytes(1000))
    (tmp_path / "IM0001").write_bytes(bytes(128) + b"DICM")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (["."], ["IM0001", "[1].png", "a.PNG", "b.png", "sub/c.jpg", "volume.nii.gz"]),
        (["b.png", "a.PNG"], ["b.png", "a.PNG"]),
        (["*.png"], ["[1].png", "b.png"]),
        (["**/*.jpg"], ["sub/c.jpg"]),
        (["[1].png"], ["[1].png"]),
        (["b.png", "./b.png", "*.png"], ["b.png", "[1].png"]),
        (["missing.png"], ["missing.png"]),
        (["notes.txt"], ["notes.txt"]),
        ([], []),
    ],
)
def test_words_become_files(folder, inputs, expected):
    assert [path.as_posix() for path in expand_paths(inputs)] == expected


def test_absolute_folders_and_patterns(folder):
    assert expand_paths([str(folder / "sub")]) == [folder / "sub" / "c.jpg"]
    assert expand_paths([str(folder / "*" / "*.jpg")]) == [folder / "sub" / "c.jpg"]


@pytest.mark.parametrize(("text", "words"), [("*.tif", r"match the pattern \*\.tif"), ("empty", "in the folder empty")])
def test_nothing_found_is_an_error(folder, text, words):
    with pytest.raises(InputError, match=words):
        expand_paths(["b.png", text])


def test_loops_of_links_and_impossible_names_are_left_for_reading_to_refuse(folder):
    (folder / "loop.png").symlink_to("loop.png")
    names = ["loop.png", "x" * 300]
    assert expand_paths(names) == [Path(name) for name in names]
    for name in names:
        with pytest.raises(ImageError, match="Expected"):
            read(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are files on Unix only")
def test_a_pipe_is_refused_and_not_waited_for(folder):
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(ImageError, match="a pipe"):
        read(folder / "pipe.png")


def is_open(path):
    links = (link for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return any(os.path.realpath(link) == str(path.resolve()) for link in links)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux says which files are open")
@pytest.mark.parametrize("name", ["x.gif", "x.tif", "x.mp4"])
def test_no_file_stays_open_after_close(tmp_path, name):
    path = tmp_path / name
    if name == "x.mp4":
        write(path, "libx264", "yuv420p", count=4)
    else:
        pages = [Image.fromarray(np.full((4, 6), 50 * number, np.uint8)) for number in range(4)]
        pages[0].save(path, save_all=True, append_images=pages[1:])
    with read(path, spacing_mm=(1, 1)) as image:
        image.frame(3)
        assert is_open(path)
    assert not is_open(path)
    with pytest.raises(ImageError, match=rf"Expected an open image, but {name} was closed"):
        image.frame(0)
