import pytest

from tests.corpus.source.archive_files import contents, tar_of, write, zip_of
from ultrasam.corpus.source import Source
from ultrasam.errors import InputError


def test_archives_are_folders_named_after_them(tmp_path):
    benign = zip_of({"Benign/image/194.jpg": b"1"})
    arrays = tar_of({"q.npy": b"2"}, "w:gz")
    write(tmp_path, {"AUL.zip": zip_of({"Benign.zip": benign, "x/Data.tar.gz": arrays})})
    inside = {"Benign/Benign/image/194.jpg": b"1", "x/Data/q.npy": b"2"}
    with Source.open(tmp_path / "AUL.zip") as source:
        assert contents(source) == inside
    with Source.open(tmp_path) as source:
        assert contents(source) == {f"AUL/{path}": content for path, content in inside.items()}


def test_archives_in_archives_have_an_end(tmp_path):
    content = zip_of({"deep.txt": b"deep"})
    for level in range(4, 0, -1):
        content = zip_of({f"{level}.zip": content})
    write(tmp_path, {"set.zip": content})
    with Source.open(tmp_path / "set.zip") as source:
        assert [file.path for file in source.files] == ["1/2/3/4.zip"]
        assert source.remarks == ["4.zip: not unpacked, as it is an archive in 4 others"]
    with Source.open(tmp_path / "set.zip") as source:
        write(tmp_path / "inner", {"1.zip": source.files[0].read()})
    with Source.open(tmp_path / "inner") as source:
        assert contents(source) == {"1/deep.txt": b"deep"}


IMAGES = {"images/1.png": b"one", "images/2.png": b"two"}
REMARK = "X.zip: 2 left out, as they are in the folder too, under the same paths"


@pytest.mark.parametrize("is_nested", [False, True])
@pytest.mark.parametrize("place", ["", "X/"], ids=["beside", "folder"])
def test_what_is_unpacked_already_counts_once(tmp_path, place, is_nested):
    files = {"X.zip": zip_of(IMAGES), **{f"{place}{path}": content for path, content in IMAGES.items()}}
    write(tmp_path, {"outer.zip": zip_of(files)} if is_nested else files)
    with Source.open(tmp_path / "outer.zip" if is_nested else tmp_path) as source:
        assert contents(source) == {f"{place}{path}": content for path, content in IMAGES.items()}
        assert source.remarks == [REMARK]


def test_a_folder_of_the_archives_own_name_in_it(tmp_path):
    write(tmp_path, {"X.zip": zip_of({"X/1.png": b"one"}), "X/1.png": b"one"})
    with Source.open(tmp_path) as source:
        assert contents(source) == {"X/1.png": b"one"}


def test_what_is_unpacked_in_part_is_completed(tmp_path):
    write(tmp_path, {"X.zip": zip_of(IMAGES), "X/images/1.png": b"changed"})
    with Source.open(tmp_path) as source:
        assert contents(source) == {"X/images/1.png": b"changed", "X/images/2.png": b"two"}


def test_other_content_beside_an_archive_is_another_file(tmp_path):
    # Images that are unpacked must not hide masks of the same names and sizes that are not.
    write(tmp_path, {"masks.zip": zip_of({"1.png": b"mask!"}), "1.png": b"image"})
    with Source.open(tmp_path) as source:
        assert contents(source) == {"1.png": b"image", "masks/1.png": b"mask!"}
        assert not source.remarks


def test_an_archive_in_an_archive_that_is_damaged_is_named(tmp_path):
    write(tmp_path, {"set.zip": zip_of({"a.txt": b"a", "x/inner.zip": zip_of(IMAGES)[:60]})})
    with pytest.raises(InputError, match=r"Expected inner\.zip to be a whole zip archive"):
        Source.open(tmp_path / "set.zip")
