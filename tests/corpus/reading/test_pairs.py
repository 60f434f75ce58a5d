import pytest

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import by_key, pairs, pairs_by_ending
from ultrasam.corpus.source import Source


@pytest.fixture
def files(tmp_path):
    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        return Source.open(tmp_path)

    return make


def test_images_find_their_masks_by_stem_in_any_case(files):
    source, notes = files("image/A1.jpg", "mask/a1.png"), Notes()
    found = list(pairs(source.select("image/*"), source.select("mask/*"), notes))
    assert [(image.path, mask.path) for image, mask in found] == [("image/A1.jpg", "mask/a1.png")]
    assert notes.skipped == []


def test_what_has_no_partner_is_said(files):
    source, notes = files("image/1.png", "image/2.png", "mask/2.png", "mask/3.png"), Notes()
    found = list(pairs(source.select("image/*"), source.select("mask/*"), notes))
    assert [image.path for image, _ in found] == ["image/2.png"]
    assert [entry.path for entry in notes.skipped] == ["image/1.png", "mask/3.png"]


def test_masks_may_be_named_otherwise(files):
    source, notes = files("bus_1.png", "mask_1.png"), Notes()
    by_number = lambda file: file.stem.rpartition("_")[2]  # noqa: E731
    assert len(list(pairs(source.select("bus*"), source.select("mask*"), notes, by_number))) == 1


def test_files_of_one_name_are_left_out_rather_than_guessed(files):
    source, notes = files("a/1.png", "b/1.png", "b/2.png"), Notes()
    assert list(by_key(source.select("*.png"), lambda file: file.stem, notes)) == ["2"]
    assert [entry.path for entry in notes.skipped] == ["a/1.png", "b/1.png"]


@pytest.mark.parametrize("image", ["", "_Image"])
def test_images_and_masks_of_one_folder_are_told_apart_by_the_ends_of_their_names(files, image):
    names = [f"1{image}.png", "1_MASK.png", f"2{image}.png", "3_mask.png", "1_masked_image.png", "readme.txt"]
    source, notes = files(*names), Notes()
    found = list(pairs_by_ending(source.select("*.png"), notes, mask="_mask", image=image.lower()))
    assert [(image.path, mask.path) for image, mask in found] == [(names[0], names[1])]
    assert {entry.path for entry in notes.skipped} == {names[2], names[3], names[4]}


def test_endings_are_taken_off_what_tells_files_apart(files):
    source, notes = files("a/1_image.png", "a/1_label.png", "b/1_image.png", "b/1_label.png", "b/other.png"), Notes()
    place = lambda file: f"{file.folder}/{file.stem}"  # noqa: E731
    found = list(pairs_by_ending(source.select("*.png"), notes, "_label", "_image", place))
    assert [(image.folder, mask.folder) for image, mask in found] == [("a", "a"), ("b", "b")]
    assert notes.skipped == []
