import pytest

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import by_key, pairs
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
