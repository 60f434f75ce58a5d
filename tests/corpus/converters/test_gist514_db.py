import json

import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from ultrasam.corpus.sample import Unreadable
from ultrasam.errors import InputError

SQUARE = [2.0, 2.0, 10.0, 2.0, 10.0, 8.0, 2.0, 8.0]
OTHER = [14.0, 3.0, 20.0, 3.0, 20.0, 9.0, 14.0, 9.0]
ROOT = "usd514_jpeg_roi"


def fold(root, part, number, objects, size_hw=(24, 32)):
    """A COCO file without annotation ids; ``objects`` is name of an image to (category, polygons) pairs."""
    images = [
        {"id": index, "file_name": name, "height": size_hw[0], "width": size_hw[1]}
        for index, name in enumerate(objects)
    ]
    annotations = [
        {"image_id": index, "category_id": category, "segmentation": polygons, "iscrowd": 0}
        for index, entries in enumerate(objects.values())
        for category, polygons in entries
    ]
    file = root / ROOT / "annotations" / f"{part}_anno_crop_split_{number}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"images": images, "annotations": annotations}))
    return file


@pytest.fixture
def folds(tmp_path):
    gist, lmym = [(2, [SQUARE])], [(1, [SQUARE, OTHER])]
    for name in ("a", "b", "c"):
        picture(tmp_path / ROOT / "images" / f"{name}.jpg", texture())
    fold(tmp_path, "train", 0, {"a.jpg": gist, "b.jpg": lmym})
    fold(tmp_path, "val", 0, {"c.jpg": gist})
    fold(tmp_path, "train", 1, {"b.jpg": lmym, "c.jpg": gist})
    fold(tmp_path, "val", 1, {"a.jpg": gist})
    return tmp_path


def test_an_annotation_without_id_is_one_object_in_all_its_pieces(folds):
    with Converted("GIST514-DB", folds) as found:
        assert {name: found.areas(name) for name in found.samples} == {
            "a": [("gastrointestinal_stromal_tumor", 8 * 6)],
            "b": [("leiomyoma", 8 * 6 + 6 * 6)],
            "c": [("gastrointestinal_stromal_tumor", 8 * 6)],
        }
        assert (found.notes.skipped, found.notes.warnings) == ([], [])
        assert len(found.notes.unused) == 4


def test_coordinates_begin_at_the_corner_of_the_first_pixel(folds):
    with Converted("GIST514-DB", folds) as found:
        ((_, mask),), _ = found.annotations("b")
        expected = block(slice(2, 8), slice(2, 10), value=1) | block(slice(3, 9), slice(14, 20), value=1)
        assert (mask == expected).all()


@pytest.mark.parametrize("objects", [[], [(3, [SQUARE])], [(2, [])]], ids=["none", "another category", "no polygon"])
def test_a_listed_image_without_a_usable_annotation_is_no_negative(folds, objects):
    fold(folds, "val", 0, {"c.jpg": objects})
    with Converted("GIST514-DB", folds) as found:
        assert found.areas("c") == []
        assert not found.samples["c"].is_negative_if_empty


def test_fold_0_is_the_split_and_folds_and_diagnoses_are_labels(folds):
    with Converted("GIST514-DB", folds) as found:
        assert {name: (sample.split, dict(sample.labels)) for name, sample in found.samples.items()} == {
            "a": ("train", {"diagnosis": "gastrointestinal_stromal_tumor", "fold": "1"}),
            "b": ("train", {"diagnosis": "leiomyoma"}),
            "c": ("test", {"diagnosis": "gastrointestinal_stromal_tumor", "fold": "0"}),
        }
        assert len({sample.patient for sample in found.samples.values()}) == 3


def test_images_that_are_listed_but_missing_are_warned_about(folds):
    (folds / ROOT / "images/a.jpg").unlink()
    with Converted("GIST514-DB", folds) as found:
        assert list(found.samples) == ["b", "c"]
        assert len(found.notes.warnings) == 1
        assert "expected the image a.jpg" in found.notes.warnings[0]


def test_images_that_no_list_names_are_skipped(folds):
    picture(folds / ROOT / "images/d.jpg", texture())
    with Converted("GIST514-DB", folds) as found:
        assert [file.path for file in found.notes.skipped] == [f"{ROOT}/images/d.jpg"]


def test_an_annotation_that_cannot_be_used_is_warned_about(folds):
    fold(folds, "val", 0, {"c.jpg": [(3, [SQUARE]), (2, [SQUARE])]})
    with Converted("GIST514-DB", folds) as found:
        assert found.areas("c") == [("gastrointestinal_stromal_tumor", 8 * 6)]
        assert len(found.notes.warnings) == 1
        assert "Expected a category among 1, 2, but got 3" in found.notes.warnings[0]


@pytest.mark.parametrize(
    ("broken", "left"), [("val_anno_crop_split_0", ["a", "b"]), ("val_anno_crop_split_1", ["a", "b", "c"])]
)
def test_a_damaged_list_is_skipped_and_the_others_are_not(folds, broken, left):
    (folds / ROOT / f"annotations/{broken}.json").write_text("{")
    with Converted("GIST514-DB", folds) as found:
        assert list(found.samples) == left
        assert found.notes.skipped[0].path.endswith(f"{broken}.json")


def test_without_the_first_fold_it_says_what_is_missing(folds):
    (folds / ROOT / "annotations/train_anno_crop_split_0.json").unlink()
    with pytest.raises(InputError, match="train_anno_crop_split_0"):
        Converted("GIST514-DB", folds)


def test_an_image_of_another_size_than_the_list_says_is_refused(folds):
    fold(folds, "val", 0, {"c.jpg": [(2, [SQUARE])]}, size_hw=(48, 64))
    with Converted("GIST514-DB", folds) as found, pytest.raises(Unreadable, match="48 x 64"):
        found.annotations("c")
