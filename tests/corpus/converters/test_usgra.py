"""USGRA: real files, and archives that are not as they should be."""

import numpy as np
import pytest
from PIL import Image

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared
from ultrasam.corpus.sample import Unreadable


def test_real_files():
    """Checked by eye; areas are those of another conversion of the same files."""
    with Converted("USGRA", shared("native/USGRA")) as usgra:
        assert {name: dict(usgra.areas(name)) for name in usgra.samples} == {
            "train/0000": {"nerve": 5279, "vessel": 3049},
            "train/0001": {"nerve": 17223, "vessel": 21945},
            "train/0002": {"nerve": 1835, "vessel": 8137},
            "test/0004": {"nerve": 4712, "vessel": 4560},
        }
        assert [sample.split for sample in usgra.samples.values()] == ["train", "train", "train", "test"]
        assert not any(usgra.annotations(name)[1] for name in usgra.samples)
        assert not usgra.notes.skipped
        assert not usgra.notes.warnings


def palette(path, labels):
    """A mask whose palette holds colours that say nothing about its labels."""
    mask = Image.fromarray(labels).convert("L")
    mask.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [200] * 39)
    path.parent.mkdir(parents=True, exist_ok=True)
    mask.save(path)


@pytest.fixture
def made(tmp_path):
    """An image to train with and one to test, of the same name."""
    for number, folder in enumerate(("dataset", "dataset/test"), 1):
        picture(tmp_path / folder / "images/0000.png", texture(seed=number))
        palette(tmp_path / folder / "masks/0000.png", block(value=number))
    return tmp_path


@pytest.mark.parametrize("root", [".", "dataset"])
def test_the_test_part_is_kept_apart_though_names_repeat(made, root):
    with Converted("USGRA", made / root) as usgra:
        assert {name: (usgra.areas(name), sample.split) for name, sample in usgra.samples.items()} == {
            "train/0000": ([("nerve", 8 * 14)], "train"),
            "test/0000": ([("vessel", 8 * 14)], "test"),
        }


def test_other_values_are_reported(made):
    palette(made / "dataset/masks/0000.png", block(value=2) + block(slice(20, 22), slice(0, 3), value=9))
    with Converted("USGRA", made) as usgra:
        objects, remarks = usgra.annotations("train/0000")
        assert [category for category, _ in objects] == ["vessel"]
        assert [(remark.detail, remark.pixels) for remark in remarks] == [("value 9", 6)]


def test_files_without_a_partner_are_reported(made):
    picture(made / "dataset/test/images/0001.png", texture())
    palette(made / "dataset/masks/0001.png", block(value=1))
    with Converted("USGRA", made) as usgra:
        assert len(usgra.samples) == 2
        assert {entry.path for entry in usgra.notes.skipped} == {
            "dataset/test/images/0001.png",
            "dataset/masks/0001.png",
        }


def test_a_mask_of_another_view_and_a_corrupt_one_are_unreadable(made):
    palette(made / "dataset/masks/0000.png", np.ones((32, 24), np.uint8))
    (made / "dataset/test/masks/0000.png").write_bytes(b"no picture")
    with Converted("USGRA", made) as usgra:
        for name in usgra.samples:
            with pytest.raises(Unreadable, match=r"0000\.png"):
                usgra.annotations(name)


def test_another_layout_gives_nothing(tmp_path):
    picture(tmp_path / "pictures/0000.png", texture())
    with Converted("USGRA", tmp_path) as usgra:
        assert not usgra.samples


def test_an_empty_mask_does_not_say_that_nothing_is_there(made):
    palette(made / "dataset/masks/0000.png", block(value=0))
    with Converted("USGRA", made) as usgra:
        assert usgra.areas("train/0000") == []
        assert not usgra.samples["train/0000"].is_negative_if_empty
