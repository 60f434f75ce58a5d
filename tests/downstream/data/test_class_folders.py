"""A folder per class."""

import numpy as np
import pytest

from tests.downstream.data.made import classes_folder, picture, save, square
from ultrasam.downstream.data import ReadingOptions, read_examples
from ultrasam.errors import InputError


def test_folders_are_classes_in_natural_order(tmp_path):
    found = read_examples(classes_folder(tmp_path / "d", {"grade 10": 8, "grade 2": 8}), "classification")
    assert found.classes == ("grade 2", "grade 10")
    assert all(found.classes[e.labels[0]] == e.name.split("/")[0] for e in found.examples)
    assert {part for part in ("train", "val", "test") if found.part(part)} == {"train", "val", "test"}


def test_parts_above_the_classes(tmp_path):
    counts = {f"{part}/{c}": n for part, n in (("train", 6), ("valid", 2), ("test", 3)) for c in "ab"}
    found = read_examples(classes_folder(tmp_path / "d", counts), "classification")
    assert found.classes == ("a", "b")
    assert [len(found.part(p)) for p in ("train", "val", "test")] == [12, 4, 6]
    assert "official train and val and test" in found.split_report


def test_a_missing_validation_part_is_made_of_training_patients(tmp_path):
    counts = {f"{part}/{c}": n for part, n in (("train", 20), ("test", 5)) for c in "ab"}
    root = classes_folder(tmp_path / "d", counts)
    found = read_examples(root, "classification")
    assert {e.name.split("/")[0] for e in found.part("test")} == {"test"}
    assert {e.name.split("/")[0] for e in found.part("val")} == {"train"}
    assert len(found.part("test")) == 10


def test_masks_beside_images_outline_them(tmp_path):
    root = classes_folder(tmp_path / "d", {"benign": 8, "malignant": 8})
    save(root / "benign/003_mask.png", square())
    save(root / "benign/003_mask_1.png", square(place=(14, 14)))
    found = read_examples(root, "classification")
    assert len(found.examples) == 16
    (example,) = (e for e in found.examples if e.name == "benign/003.png")
    assert [i.category for i in example.instances] == ["benign", "benign"]
    np.testing.assert_array_equal(example.instances[0].mask(), square() > 0)


def test_odd_folders(tmp_path):
    root = classes_folder(tmp_path / "d", {"a": 8, "b": 8})
    picture(root / "loose.png")
    (root / "c").mkdir()
    found = read_examples(root, "classification")
    assert {entry.what: entry.reason for entry in found.left_out} == {
        "loose.png": "It lies in no folder of a class.",
        "class c": "No image shows it.",
    }
    classes_folder(root, {"train/a": 1})
    with pytest.raises(InputError, match="but got both: a, b, c, train"):
        read_examples(root, "classification")


@pytest.mark.parametrize(
    ("counts", "options", "said"),
    [
        ({"a": 8}, {}, "Expected a COCO file, a folder for each class"),
        ({"a": 8, "b": 0}, {}, "Expected a COCO file|two classes"),
        (
            {"train/a": 5, "train/b": 5, "test/c": 5, "val/a": 2},
            {},
            "training images of each class in d, but there is none of c",
        ),
        ({"train/a": 5, "train/b": 5, "test/a": 5}, {"val": 0}, "Expected images of the part val"),
        ({"a": 1, "b": 1}, {}, "Expected (images of the part|training images)"),
        ({"a": 8, "b": 8}, {"classes": ("a", "x")}, "which are a, b, but got x"),
    ],
)
def test_what_cannot_be_trained_on(tmp_path, counts, options, said):
    with pytest.raises(InputError, match=said):
        read_examples(classes_folder(tmp_path / "d", counts), "classification", options=ReadingOptions(**options))


def test_nothing_there(tmp_path):
    with pytest.raises(InputError, match="nothing at"):
        read_examples(tmp_path / "missing", "classification")
    with pytest.raises(InputError, match="found none of these"):
        read_examples(tmp_path, "classification")


@pytest.mark.parametrize("below", ["", "train/"])
def test_images_and_masks_are_no_classes(below, tmp_path):
    root = classes_folder(tmp_path / "d", {f"{below}images": 8, f"{below}masks": 8})
    with pytest.raises(InputError, match="Expected a COCO file, a folder for each class"):
        read_examples(root, "classification")
    (root / "list.csv").write_text("image,class\n000.png,a\n")
    with pytest.raises(InputError, match="label is missing; there are image, class"):
        read_examples(root, "classification")


def test_what_macs_and_windows_add_is_no_data(tmp_path):
    root = classes_folder(tmp_path / "d", {"a": 8, "b": 8})
    for name in ("Thumbs.db", ".DS_Store", "a/._000.png", "__MACOSX/a/._000.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"no image")
    found = read_examples(root, "classification")
    assert (len(found.examples), found.classes, found.left_out) == (16, ("a", "b"), ())
