import json

import pytest

from tests.corpus.duplicates.scans import coco_folder
from ultrasam.corpus.duplicates.entries import read_data_set
from ultrasam.errors import InputError


def test_what_is_said_about_images_is_read(tmp_path):
    folder = coco_folder(
        tmp_path,
        {"a.png": b"", "b.png": b"", "c.png": b""},
        name="NONE SUCH",
        categories=("thyroid_nodule", "something else", "unused"),
        annotations=[(1, 2), (1, 1), (1, 1), (3, 1), (9, 1), (3, 7)],
        patient=["P", None, 7],
        sequence=["S", "S", None],
        split=["train", None, "test"],
        labels=[{"diagnosis": "benign", "BI-RADS": 3}, None, None],
    )
    data_set = read_data_set(folder)
    one, two, three = data_set.entries
    assert (data_set.name, data_set.folder, data_set.skipped) == ("NONE SUCH", folder, ())
    assert (one.data_set, one.image, one.path) == ("NONE SUCH", "images/a.png", folder / "images" / "a.png")
    assert [entry.group for entry in data_set.entries] == [("patient", "P"), ("sequence", "S"), ("patient", "7")]
    assert [entry.split for entry in data_set.entries] == ["train", None, "test"]
    assert [entry.classes for entry in data_set.entries] == [
        ("something else", "thyroid_nodule"),
        (),
        ("thyroid_nodule",),
    ]
    assert [entry.structures for entry in data_set.entries] == [("thyroid_nodule",), (), ("thyroid_nodule",)]
    assert one.labels == (("BI-RADS", "3"), ("diagnosis", "benign"))
    assert two.labels == three.labels == ()


def test_files_of_other_people_may_say_less(tmp_path):
    (tmp_path / "a.png").touch()
    images = [{"id": 1, "file_name": "a.png"}, {"id": 2}, "?", {"id": 3, "file_name": "a.png"}]
    annotations = [{"image_id": 1, "category_id": 4}, "?", {"image_id": None}]
    content = {"annotations": annotations, "images": images, "categories": [{"id": 4, "name": "x"}, "?"]}
    (tmp_path / "some.json").write_text(json.dumps(content))
    data_set = read_data_set(tmp_path)
    assert data_set.name == tmp_path.name
    assert [(entry.image, entry.classes) for entry in data_set.entries] == [("a.png", ("x",))]
    assert [entry.what for entry in data_set.skipped] == ["image entry number 2", "image entry number 3"]


def test_a_folder_of_data_sets_is_none(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        coco_folder(tmp_path / name, {"a.png": b""})
    with pytest.raises(InputError, match=r"Expected one data set in .*, but found 2: give the folder of one"):
        read_data_set(tmp_path)
