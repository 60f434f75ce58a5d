"""COCO files of objects, of labels without outlines, and of facts about images."""

import json

import numpy as np
import pytest

from tests.downstream.data.made import annotation, coco, patients_coco, square
from tests.references import shared
from ultrasam.corpus import CocoFolder
from ultrasam.downstream.data import ReadingOptions, read_examples
from ultrasam.errors import InputError


def test_objects_patients_and_classes_in_the_file_s_order(tmp_path):
    found = read_examples(patients_coco(tmp_path / "d", 12), "instance")
    assert found.classes == ("benign", "malignant")
    assert found.name == "d"
    first = found.examples[0]
    assert (first.name, first.patient, first.labels) == ("images/p000_0.png", "p000", None)
    np.testing.assert_array_equal(first.instances[0].mask(), square() > 0)


def test_classification_takes_the_class_of_the_objects(tmp_path):
    found = read_examples(patients_coco(tmp_path / "d", 12), "classification")
    assert {e.patient: e.labels for e in found.examples}["p001"] == (1,)
    assert all(e.instances[0].category == found.classes[e.labels[0]] for e in found.examples)


def test_classification_needs_no_outlines(tmp_path):
    folder = patients_coco(tmp_path / "d", 12)
    document = json.loads((folder / "coco.json").read_text())
    document["annotations"] = [{k: a[k] for k in ("id", "image_id", "category_id")} for a in document["annotations"]]
    (folder / "coco.json").write_text(json.dumps(document))
    found = read_examples(folder, "classification")
    assert len(found.examples) == 36
    assert found.left_out == ()
    with pytest.raises(InputError, match="Expected a segmentation"):
        read_examples(folder, "instance")


def test_two_classes_in_one_image_are_told_unless_they_may_be(tmp_path):
    folder = patients_coco(tmp_path / "d", 12)
    document = json.loads((folder / "coco.json").read_text())
    document["annotations"].append(annotation(1, 2, square(place=(14, 14))) | {"id": 999})
    (folder / "coco.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"1 of d have several \(images/p000_0.png: benign, malignant\).*--several"):
        read_examples(folder, "classification")
    found = read_examples(folder, "classification", options=ReadingOptions(several=True))
    assert found.examples[0].labels == (0, 1)
    assert found.several


def test_facts_about_images_are_labels_or_targets(tmp_path):
    images = [
        {"file_name": f"{i}.png", "labels": {"diagnosis": "yx"[i % 2]}, "age": i, "split": None} for i in range(20)
    ]
    folder = coco(tmp_path / "d", images, [], [])
    found = read_examples(folder, "classification", options=ReadingOptions(label_column="diagnosis"))
    assert found.classes == ("x", "y")
    assert [e.labels for e in found.examples[:2]] == [(1,), (0,)]
    numbers = read_examples(folder, "regression", options=ReadingOptions(targets=("age",)))
    assert [e.values for e in numbers.examples[:3]] == [(0.0,), (1.0,), (2.0,)]
    with pytest.raises(InputError, match=r"weight of the images in .*there are diagnosis, file_name"):
        read_examples(folder, "regression", options=ReadingOptions(targets=("weight",)))


def test_unused_categories_are_no_classes_and_told(tmp_path):
    folder = patients_coco(tmp_path / "d", 12)
    document = json.loads((folder / "coco.json").read_text())
    document["categories"].insert(0, {"id": 0, "name": "things"})
    (folder / "coco.json").write_text(json.dumps(document))
    found = read_examples(folder, "instance")
    assert found.classes == ("benign", "malignant")
    assert [(entry.what, entry.reason) for entry in found.left_out] == [("class things", "No image shows it.")]


def test_chosen_classes_are_in_the_order_chosen(tmp_path):
    folder = patients_coco(tmp_path / "d", 12)
    options = ReadingOptions(classes=("malignant", "benign"))
    assert read_examples(folder, "classification", options=options).classes == ("malignant", "benign")
    one = read_examples(folder, "semantic", options=ReadingOptions(classes=("malignant",)))
    assert {i.category for e in one.examples for i in e.instances} == {"malignant"}
    assert len(one.examples) == 36
    with pytest.raises(InputError, match="at least two classes"):
        read_examples(folder, "classification", options=ReadingOptions(classes=("malignant",)))


@pytest.mark.parametrize("layout", ["annotations/instances_{}.json", "{}/_annotations.coco.json"])
def test_a_file_for_each_part(tmp_path, layout):
    root = tmp_path / "d"
    for part, names in {"train": "abcdef", "valid": "gh", "test": "ij"}.items():
        images = [{"file_name": f"{name}.png"} for name in names]
        objects = [annotation(i, 1 + i % 2, square()) for i in range(1, len(names) + 1)]
        name = layout.format(part)
        if layout.startswith("annotations"):
            coco(root, images, objects, ["x", "y"], name)
        else:
            coco(root / part, images, objects, ["x", "y"], "_annotations.coco.json")
    found = read_examples(root, "instance")
    assert {p: len(found.part(p)) for p in ("train", "val", "test")} == {"train": 6, "val": 2, "test": 2}
    assert found.classes == ("x", "y")
    assert len({e.name for e in found.examples}) == 10


def test_several_data_sets_are_no_data_set(tmp_path):
    patients_coco(tmp_path / "a", 4)
    patients_coco(tmp_path / "b", 4)
    with pytest.raises(InputError, match=r"found 2: a, b.*data merge"):
        read_examples(tmp_path, "classification")


def test_what_cannot_be_used_stops_and_can_be_left_out(tmp_path):
    folder = patients_coco(tmp_path / "d", 12)
    (folder / "images/p003_1.png").unlink()
    (folder / "images/p004_1.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    document = json.loads((folder / "coco.json").read_text())
    document["annotations"][0]["segmentation"] = [[1, 2, 3]]
    (folder / "coco.json").write_text(json.dumps(document))
    with pytest.raises(InputError) as caught:
        read_examples(folder, "instance")
    message = str(caught.value)
    assert "3 cannot" in message
    assert "leave_out_unusable=true" in message
    for part in ("p003_1.png): Its file is missing", "p004_1.png: Expected a whole image", "p000_0.png): Expected pol"):
        assert part in message
    found = read_examples(folder, "instance", options=ReadingOptions(leave_out_unusable=True))
    assert len(found.examples) == 33
    assert len(found.left_out) == 3


@pytest.mark.parametrize(
    ("name", "kind", "classes", "counts"),
    [
        ("BUS-BRA", "classification", 2, {"train": 1432, "val": 67, "test": 376}),
        ("MMOTU_2d", "classification", 8, {"train": 958, "val": 41, "test": 469}),
        ("CAMUS", "semantic", 3, {"train": 798, "val": 100, "test": 100}),
    ],
)
def test_real_data_sets(name, kind, classes, counts):
    folder = shared(f"corpus/{name}")
    found = read_examples(folder, kind, options=ReadingOptions(check=False))
    reference = CocoFolder.read(folder)
    assert len(found.classes) == classes
    assert found.left_out == ()
    assert {part: len(found.part(part)) for part in counts} == counts
    by_path = {image.path: image for image in reference.images}
    for example in found.examples:
        image = by_path[example.path]
        assert (example.split, example.patient, example.size_hw) == (image.split, image.patient, image.size_hw)
        categories = {instance.category for instance in image.instances}
        if kind == "classification":
            assert {found.classes[n] for n in example.labels} == categories
        assert {i.category for i in example.instances} == categories


def test_objects_of_classes_that_are_not_chosen_do_not_matter(tmp_path):
    images = [{"file_name": f"{i}.png"} for i in range(12)]
    annotations = [annotation(i + 1, 1 + i % 2, square()) for i in range(12)] + [annotation(1, 3, square())]
    folder = coco(tmp_path / "d", images, annotations, ["a", "b", "caliper"])
    with pytest.raises(InputError, match="choose classes that exclude each other"):
        read_examples(folder, "classification")
    found = read_examples(folder, "classification", options=ReadingOptions(classes=("a", "b")))
    assert [e.labels for e in found.examples] == [(i % 2,) for i in range(12)]
