import pytest

from tests.evaluation.made_data import make_folder
from ultrasam.corpus import CocoFolder
from ultrasam.errors import InputError
from ultrasam.evaluation import read_folders
from ultrasam.evaluation.data import chosen_images


def test_sets_without_the_split_are_left_out_with_a_sentence(tmp_path):
    make_folder(tmp_path / "a", images=1, name="a")
    make_folder(tmp_path / "b", images=2, name="b", split="train")
    folders, left_out = read_folders([tmp_path])
    assert [folder.name for folder in folders] == ["a"]
    assert [(e.dataset, e.what) for e in left_out] == [("b", "the data set")]
    assert left_out[0].reason == "Expected a split of b among train (2), or all, but got 'test'."
    assert [folder.name for folder in read_folders([tmp_path], "all")[0]] == ["a", "b"]


def test_one_set_named_twice_is_one(tmp_path):
    folder = make_folder(tmp_path / "a", images=1)
    assert len(read_folders([folder, folder, tmp_path])[0]) == 1


def test_two_sets_of_one_name_are_told(tmp_path):
    paths = [make_folder(tmp_path / name, images=1, name="same") for name in "ab"]
    with pytest.raises(InputError, match=r"are both named same, .*: give one a name of its own in a dataset\.json"):
        read_folders(paths)


def test_two_sets_whose_files_would_have_one_name_are_told(tmp_path):
    paths = [make_folder(tmp_path / f"{i}", images=1, name=name) for i, name in enumerate(("A+B", "a b"))]
    with pytest.raises(InputError, match="are both named a b"):
        read_folders(paths)


def test_a_set_without_a_usable_image_is_told_with_the_first_reason(tmp_path):
    folder = make_folder(tmp_path / "a", images=1)
    (folder / "images" / "1.png").unlink()
    with pytest.raises(InputError, match=r"none can be used\. made, image 1 \(1\.png\): .*"):
        read_folders([folder])
    other = make_folder(tmp_path / "b", images=1, name="b")
    folders, left_out = read_folders([folder, other])
    assert [f.name for f in folders] == ["b"]
    assert [entry.what for entry in left_out] == ["the data set", "image 1 (1.png)"]


def test_every_reason_is_told_where_nothing_is_left(tmp_path):
    paths = [make_folder(tmp_path / name, images=1, name=name, split="train") for name in "ab"]
    with pytest.raises(InputError, match=r"a, the data set: .* b, the data set: "):
        read_folders(paths)


def test_chosen_images_are_annotated_and_hang_on_the_seed(tmp_path):
    folder = CocoFolder.read(make_folder(tmp_path / "a", images=9))
    assert len(chosen_images(folder)) == 9
    assert len(chosen_images(folder, limit=20)) == 9
    chosen = [tuple(image.image_id for image in chosen_images(folder, limit=4, seed=s)) for s in (0, 0, 1)]
    assert chosen[0] == chosen[1] != chosen[2]
    assert list(chosen[0]) == sorted(chosen[0])
