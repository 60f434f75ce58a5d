"""What is found before training."""

import json

import pytest

from tests.downstream.data.made import annotation, classes_folder, coco, patients_coco, save, square
from ultrasam.downstream.data import ReadingOptions, read_examples
from ultrasam.errors import InputError


def reasons(found):
    return {entry.what: entry.reason for entry in found.left_out}


def test_a_single_image(tmp_path):
    folder = coco(tmp_path / "d", [{"file_name": "a.png"}], [annotation(1, 1, square())], ["x"])
    with pytest.raises(InputError, match="d has 1"):
        read_examples(folder, "semantic", options=ReadingOptions(val=0, test=0))


def test_rare_classes_and_classes_missing_in_a_part_are_told(tmp_path):
    counts = {"train/a": 8, "train/b": 1, "val/a": 3, "val/b": 1, "test/a": 3}
    found = reasons(read_examples(classes_folder(tmp_path / "d", counts), "classification"))
    assert list(found) == ["class b"]
    every = read_examples(tmp_path / "d", "classification").left_out
    assert [entry.reason.split(":")[0] for entry in every] == ["It is rare", "No image of the part test shows it"]


def test_a_test_part_is_not_asked_for(tmp_path):
    counts = {"train/a": 8, "train/b": 8, "val/a": 3, "val/b": 3}
    found = read_examples(classes_folder(tmp_path / "d", counts), "classification", options=ReadingOptions(test=0))
    assert reasons(found) == {"part test": "It has no image: nothing will be tested."}


def test_a_target_of_one_value(tmp_path):
    folder = coco(tmp_path / "d", [{"file_name": f"{i}.png", "age": 40} for i in range(20)], [], [])
    with pytest.raises(InputError, match="different values of age to learn from, but all are 40"):
        read_examples(folder, "regression", options=ReadingOptions(targets=("age",)))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:200]), "Expected a whole image"),
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_text("no image"), "a text file"),
        (lambda path: save(path, square(7, (0, 0), 32)), "all its pixels have one value"),
        (lambda path: save(path, square(size_hw=(48, 64))), "Expected 32 x 24 pixels, but the file has 64 x 48"),
    ],
)
def test_images_that_cannot_be_used(tmp_path, spoil, said):
    folder = patients_coco(tmp_path / "d", 12)
    spoil(folder / "images/p005_1.png")
    with pytest.raises(InputError, match=rf"1 cannot:\n  images/p005_1.png: .*{said}"):
        read_examples(folder, "instance")
    found = read_examples(folder, "instance", options=ReadingOptions(leave_out_unusable=True))
    assert len(found.examples) == 35
    assert list(reasons(found)) == ["images/p005_1.png"]
    # Who has checked the data before need not wait again.
    assert len(read_examples(folder, "instance", options=ReadingOptions(check=False)).examples) == 36


def test_masks_without_a_pixel(tmp_path):
    folder = patients_coco(tmp_path / "d", 12)
    document = json.loads((folder / "coco.json").read_text())
    document["annotations"][4]["segmentation"]["counts"] = [24 * 32]
    (folder / "coco.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"p001_1.png: Expected an object with at least one pixel"):
        read_examples(folder, "instance")


def test_an_object_twice_is_told_and_used(tmp_path):
    folder = patients_coco(tmp_path / "d", 12)
    document = json.loads((folder / "coco.json").read_text())
    document["annotations"].append({**document["annotations"][0], "id": 999})
    (folder / "coco.json").write_text(json.dumps(document))
    found = read_examples(folder, "instance")
    assert "Expected each object once" in reasons(found)["images/p000_0.png"]
    assert len(found.examples) == 36


def test_a_file_that_two_entries_name(tmp_path):
    folder = patients_coco(tmp_path / "d", 12)
    document = json.loads((folder / "coco.json").read_text())
    document["images"][1]["file_name"] = document["images"][0]["file_name"]
    (folder / "coco.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"p000_0.png: Two entries name this file"):
        read_examples(folder, "instance")


def test_progress_is_told_of_every_image(tmp_path):
    told = []
    read_examples(patients_coco(tmp_path / "d", 4), "instance", on_image=lambda *done: told.append(done))
    assert told == [(i, 12) for i in range(1, 13)]


def test_a_class_of_one_patient_is_rare_however_many_images_it_has(tmp_path):
    images = [
        {"file_name": f"{i}.png", "patient": f"p{i // 8}", "split": ["train", "train", "val", "test"][i // 8 % 4]}
        for i in range(32)
    ]
    annotations = [annotation(i + 1, 1 if i < 8 else 2, square()) for i in range(32)]
    annotations += [annotation(i + 1, 2, square()) for i in range(8)]
    found = read_examples(coco(tmp_path / "d", images, annotations, ["a", "b"]), "semantic")
    rare = [entry.reason for entry in found.left_out if entry.what == "class a" and "rare" in entry.reason]
    assert rare == ["It is rare: there are 8 training images of 1 patients; do not expect to find it."]
    assert not any("rare" in entry.reason for entry in found.left_out if entry.what == "class b")
