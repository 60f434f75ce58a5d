import json

import pytest

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import PolygonMask, coco_polygons
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import Source

SQUARE = [2.0, 2.0, 10.0, 2.0, 10.0, 8.0, 2.0, 8.0]
OTHER = [14.0, 3.0, 20.0, 3.0, 20.0, 9.0, 14.0, 9.0]
CLASSES = {1: "one", 2: "two"}


def document(annotations, **changes):
    images = [
        {"id": 7, "file_name": "a.jpg", "height": 24, "width": 32},
        {"id": 9, "file_name": "b.jpg", "height": 24, "width": 32},
    ]
    return {"images": images, "annotations": annotations, "categories": [], **changes}


def annotation(segmentation, image=7, category=1):
    return {"image_id": image, "category_id": category, "segmentation": segmentation}


@pytest.fixture
def load(tmp_path):
    def load(content):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "anno.json").write_text(text)
        notes = Notes()
        with Source.open(tmp_path) as source:
            file = source.find("anno.json")
            return file, coco_polygons(file, CLASSES, notes), notes

    return load


def test_an_annotation_is_one_object_in_all_its_pieces(load):
    """No annotation of this file has an id, as in GIST514-DB."""
    file, images, notes = load(document([annotation([SQUARE, OTHER]), annotation([SQUARE], category=2)]))
    assert [(image.file_name, image.size_hw, len(image.outlines)) for image in images] == [
        ("a.jpg", (24, 32), 2),
        ("b.jpg", (24, 32), 0),
    ]
    found = PolygonMask(file, images[0].outlines, offset=0.0, of_size_hw=images[0].size_hw).read((24, 32))
    assert [(entry.category, entry.mask.sum()) for entry in found.objects] == [("one", 8 * 6 + 6 * 6), ("two", 8 * 6)]
    assert found.objects[0].mask[2:8, 2:10].all()
    assert notes.warnings == []


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (annotation([SQUARE], image=8), "it has none with this number"),
        (annotation([SQUARE], category=3), "Expected a category among 1, 2, but got 3"),
        (annotation({"size": [24, 32], "counts": "0"}), "got run-length encoding"),
        (annotation([]), "missing or empty"),
        (annotation([[1.0, 2.0, 3.0]]), "odd count"),
        (annotation([[1.0, 2.0, 3.0, 4.0]]), "at least 3 points"),
        (annotation([[1.0, 2.0, 3.0, 4.0, 5.0, None]]), "holds something else"),
        (annotation([[1.0, 2.0, 3.0, 4.0, 5.0, 900.0]]), "inside the image"),
        ({"image_id": 7, "category_id": 1}, "missing or empty"),
    ],
)
def test_an_annotation_that_cannot_be_used_is_left_out_and_said(load, entry, reason):
    _, images, notes = load(document([entry, annotation([OTHER])]))
    assert [len(image.outlines) for image in images] == [1, 0]
    assert len(notes.warnings) == 1
    assert notes.warnings[0].startswith("anno.json: an annotation of image ")
    assert reason in notes.warnings[0]


@pytest.mark.parametrize(
    "content",
    [
        '{"images": [',
        "[]",
        "{}",
        '{"images": [{}], "annotations": []}',
        '{"images": 3, "annotations": []}',
        '{"images": [], "annotations": [1]}',
    ],
)
def test_another_file_is_unreadable(load, content):
    with pytest.raises(Unreadable, match=r"Expected a COCO file in anno\.json"):
        load(content)


def test_coordinates_of_an_image_of_another_size_are_refused(load):
    file, images, _ = load(document([annotation([SQUARE])]))
    mask = PolygonMask(file, images[0].outlines, offset=0.0, of_size_hw=images[0].size_hw)
    with pytest.raises(
        Unreadable, match=r"an image of 24 x 32 \(rows x columns\), as anno\.json says, but it has 48 x 64"
    ):
        mask.read((48, 64))
