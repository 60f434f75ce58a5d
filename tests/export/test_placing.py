import pytest

from ultrasam.errors import InputError
from ultrasam.export.placing import filled_whole, free_file, free_folder, sizes_of


def test_a_file_is_not_overwritten_unasked(tmp_path):
    (tmp_path / "a.pth").write_text("mine")
    with pytest.raises(InputError, match=r"a\.pth is there: choose another, or give --force"):
        free_file(tmp_path / "a.pth", suffixes=(".pth",), overwrite=False)
    assert free_file(tmp_path / "a.pth", suffixes=(".pth",), overwrite=True) == tmp_path / "a.pth"


@pytest.mark.parametrize("overwrite", [True, False])
def test_another_ending_and_a_folder_are_no_file(tmp_path, overwrite):
    with pytest.raises(InputError, match=r"ends in \.pth or \.pt, but got 'a\.onnx'"):
        free_file(tmp_path / "a.onnx", suffixes=(".pth", ".pt"), overwrite=overwrite)
    (tmp_path / "b.pth").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        free_file(tmp_path / "b.pth", suffixes=(".pth",), overwrite=overwrite)


def test_a_folder_with_something_in_it_is_not_written_to_unasked(tmp_path):
    assert free_folder(tmp_path / "new", overwrite=False) == tmp_path / "new"
    assert free_folder(tmp_path, overwrite=False) == tmp_path
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(InputError, match="has something in it"):
        free_folder(tmp_path, overwrite=False)
    assert free_folder(tmp_path, overwrite=True) == tmp_path
    with pytest.raises(InputError, match="is a file"):
        free_folder(tmp_path / "a.txt", overwrite=True)


def test_a_failure_leaves_nothing(tmp_path):
    def fail():
        with filled_whole(tmp_path / "out") as folder:
            (folder / "half.txt").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_files_of_the_same_names_are_replaced_and_others_stay(tmp_path):
    target = tmp_path / "deep" / "out"
    for text in ("first", "second!"):
        with filled_whole(target) as folder:
            (folder / "a.txt").write_text(text)
            assert not (target / "b.txt").exists() or text == "second!"
        (target / "b.txt").write_text("mine")
    assert sizes_of(target) == {"a.txt": len("second!"), "b.txt": 4}
    assert [path.name for path in target.parent.iterdir()] == ["out"]
