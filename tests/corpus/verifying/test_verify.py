import json

import numpy as np
import pytest
from PIL import Image

from tests.corpus.coco.coco_files import SIZE_HW, annotation, document, image, rle, write
from tests.references import shared
from ultrasam.corpus.verifying import KINDS, WARNINGS, Finding, verify
from ultrasam.errors import InputError

PIXELS = np.arange(48, dtype=np.uint8).reshape(SIZE_HW)
GOOD = {"area": 9, "bbox": [2, 1, 3, 3]}
SQUARE = [[1.0, 1.0, 5.0, 1.0, 5.0, 4.0, 1.0, 4.0]]


def data_set(folder, images=None, annotations=None, categories=None, *, pixels=None, **more):
    """A folder whose image files are pictures; ``pixels`` are those of files that differ from the others."""
    content = document(images, [annotation(**GOOD)] if annotations is None else annotations, categories)
    files = [f"images/{entry['file_name']}" for entry in content["images"]]
    path = write(folder, content, files=files, **more)
    for file in files:
        Image.fromarray((pixels or {}).get(file.split("/")[-1], PIXELS)).save(folder / file)
    return path


def found(path):
    verification = verify(path)
    return [(finding.kind, finding.where) for finding in (*verification.problems, *verification.warnings)]


def test_a_good_set_is_sound(tmp_path):
    images = [image(1, split="train", patient="A"), image(2, split="test", patient="B"), image(3, split="test")]
    annotations = [annotation(1, 1, **GOOD), annotation(2, 2, **GOOD), annotation(3, 2, SQUARE, bbox=[1, 1, 4, 3])]
    verification = verify(data_set(tmp_path / "SET", images, annotations, facts={"images": 3, "instances": 3}))
    assert (verification.name, verification.images, verification.instances) == ("SET", 3, 3)
    assert (verification.problems, verification.warnings, verification.is_sound) == ((), (), True)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp"])
def test_files_that_are_cut_off_are_found(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    entry = image(1, f"1{suffix}") | {"height": 64, "width": 64}
    path = data_set(tmp_path, [entry], [], pixels={f"1{suffix}": noise})
    file = tmp_path / "images" / f"1{suffix}"
    assert "unreadable_image" not in [kind for kind, _ in found(path)]
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    assert ("unreadable_image", f"image 1 (1{suffix})") in found(path)


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_files_that_are_no_pictures_are_found(tmp_path, content):
    path = data_set(tmp_path)
    (tmp_path / "images" / "1.png").write_bytes(content)
    assert found(path) == [("unreadable_image", "image 1 (1.png)")]


def test_a_picture_of_another_size_is_found(tmp_path):
    path = data_set(tmp_path, pixels={"1.png": PIXELS.T})
    (problem,) = verify(path).problems
    assert problem == Finding("image_size", "image 1 (1.png)", "Expected 8 x 6 pixels, but the file has 6 x 8.")


def test_a_picture_of_one_colour_is_a_warning(tmp_path):
    red, almost = np.zeros((*SIZE_HW, 3), np.uint8) + np.array([9, 0, 0], np.uint8), np.zeros(SIZE_HW, np.uint8)
    almost[5, 7] = 1
    images = [image(1), image(2)]
    verification = verify(data_set(tmp_path, images, pixels={"1.png": red, "2.png": almost}))
    assert verification.is_sound
    assert [finding.where for finding in verification.warnings] == ["image 1 (1.png)"]


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (annotation(1, segmentation={"size": [6, 8], "counts": "°"}), "mask"),
        (annotation(1, segmentation={"size": [6, 8], "counts": rle()["counts"][:-1]}), "mask"),
        (annotation(1, segmentation=rle(columns=slice(0, 0))), "mask"),
        (annotation(1, segmentation=rle(size_hw=(8, 6))), "unusable_annotation"),
        (annotation(1, segmentation=[]), "unusable_annotation"),
        (annotation(1, category_id=9), "unusable_annotation"),
        (annotation(1, area=8), "area"),
        (annotation(1, area="9"), "area"),
        (annotation(1, bbox=[2, 1, 2, 2]), "bbox"),
        (annotation(1, bbox=[2, 1, 5, 4]), "bbox"),
        (annotation(1, bbox=[2, 1, 3]), "bbox"),
        (annotation(1, segmentation=SQUARE, bbox=[1, 4, 4, 3]), "bbox"),
    ],
)
def test_a_damaged_object_is_found(tmp_path, entry, kind):
    assert (kind, "annotation 1 of image 1 (1.png)") in found(data_set(tmp_path, annotations=[entry]))


@pytest.mark.parametrize(
    "entry",
    [
        annotation(1),
        annotation(1, area=9.0, bbox=[2.0, 1.0, 3.0, 3.0]),
        # Outlines have another area than pixels, and a box of their own.
        annotation(1, segmentation=SQUARE, area=10.5, bbox=[1.0, 1.0, 4.5, 3.5]),
    ],
)
def test_other_ways_to_state_a_good_object_are_good(tmp_path, entry):
    assert found(data_set(tmp_path, annotations=[entry])) == []


def test_an_object_that_is_annotated_twice_is_found_however_it_is_encoded(tmp_path):
    runs = {"size": [6, 8], "counts": [13, 3, 3, 3, 3, 3, 20]}
    annotations = [
        annotation(1, **GOOD),
        annotation(2, segmentation=rle(slice(2, 4))),
        annotation(3, segmentation=runs),
    ]
    (problem,) = verify(data_set(tmp_path, annotations=annotations)).problems
    assert (problem.kind, problem.where) == ("duplicate_annotation", "annotation 3 of image 1 (1.png)")
    assert "annotation 1 has the same mask and class lesion" in problem.text


def test_the_same_outline_of_another_class_or_image_is_another_object(tmp_path):
    annotations = [annotation(1, 1), annotation(2, 1, category_id=2), annotation(3, 2)]
    categories = [{"id": 1, "name": "wall"}, {"id": 2, "name": "lumen"}]
    assert found(data_set(tmp_path, [image(1), image(2)], annotations, categories)) == []


def test_what_the_reader_leaves_out_is_a_problem(tmp_path):
    images = [image(1), image(2), image(2, "3.png")]
    path = data_set(tmp_path, images, [annotation(1), annotation(1), annotation(2, 99)])
    assert found(path) == [
        ("unusable_image", "image 2 (2.png)"),
        ("unusable_image", "image 2 (3.png)"),
        ("unusable_annotation", "annotation 1 of image 1 (1.png)"),
        ("unusable_annotation", "annotation 2 of image 99"),
    ]


def test_a_file_that_two_entries_name_is_found(tmp_path):
    (problem,) = verify(data_set(tmp_path, [image(1), image(2, "1.png"), image(3)])).problems
    assert (problem.kind, problem.where) == ("image_named_twice", "1.png")
    assert problem.text.endswith("2 name this one: 1, 2.")


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ({"patient": "A"}, {"patient": "A"}, "patient A"),
        ({"patient": 7}, {"patient": "7"}, "patient 7"),
        ({"sequence": "v"}, {"sequence": "v"}, "sequence v"),
        # Where the patient is known, two videos of one name are not the same.
        ({"sequence": "v", "patient": "A"}, {"sequence": "v", "patient": "B"}, None),
        ({}, {}, None),
    ],
)
def test_a_group_on_both_sides_is_found(tmp_path, one, other, where):
    images = [image(1, split="train", **one), image(2, split="test", **other), image(3, split="test", **other)]
    annotations = [annotation(i, i) for i in (1, 2, 3)]
    problems = verify(data_set(tmp_path, images, annotations)).problems
    assert [problem.where for problem in problems] == ([where] if where else [])
    if where:
        assert problems[0].text.endswith("but they are in train (1), test (2).")


def test_a_sequence_that_makes_no_sense_is_found(tmp_path):
    assert found(data_set(tmp_path, [image(1, sequence=[3])])) == [("unknown_group", "image 1 (1.png)")]


def test_classes_that_are_missing_somewhere_are_warnings(tmp_path):
    images = [image(1, split="train"), image(2, split="val"), image(3)]
    categories = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"}]
    annotations = [annotation(1, 1), annotation(2, 2), annotation(3, 2, category_id=2, segmentation=rle(slice(2, 4)))]
    verification = verify(data_set(tmp_path, images, annotations, categories))
    assert verification.is_sound
    assert [(finding.kind, finding.where) for finding in verification.warnings] == [
        ("class_missing_in_split", "class b"),
        ("unused_category", "class c"),
    ]
    assert "none in train" in verification.warnings[0].text


def test_image_files_that_nobody_names_are_told_by_folder(tmp_path):
    path = data_set(tmp_path, [image(1), image(2, patient=[])])
    for file in ("images/9.png", "images/3.PNG", "images/.hidden.png", "images/notes.txt", "more/masks/a.png"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    verification = verify(path)
    assert [(finding.kind, finding.where) for finding in verification.warnings] == [
        ("unnamed_files", "folder images"),
        ("unnamed_files", "folder more/masks"),
    ]
    assert verification.warnings[0].text.endswith("it does not name 2 here: 3.PNG, 9.png.")


def test_a_file_of_one_split_need_not_name_the_images_of_the_others(tmp_path):
    data_set(tmp_path, [image(1), image(2)])
    content = document([image(1)], [annotation(**GOOD)])
    for split in ("train", "val"):
        path = write(tmp_path, content, name=f"annotations/instances_{split}.json", files=())
    assert found(path) == []
    assert found(tmp_path) == []


def test_facts_of_another_file_are_a_warning(tmp_path):
    path = data_set(tmp_path, facts={"images": 1, "instances": 2})
    assert found(path) == [("facts", "dataset.json: instances")]


def test_workers_change_nothing_and_progress_is_told(tmp_path):
    images = [image(i) for i in range(70)]
    path = data_set(tmp_path, images, [annotation(i, i, area=i) for i in range(70)], pixels={"40.png": PIXELS.T})
    told = []
    alone = verify(path, on_progress=lambda done, of: told.append((done, of)))
    assert told == [(32, 70), (64, 70), (70, 70)]
    assert alone.counts() == {"image_size": 1, "area": 69}
    assert verify(path, workers=2) == alone


def test_findings_can_be_written_as_json(tmp_path):
    verification = verify(data_set(tmp_path, annotations=[annotation(1, area=1)]))
    written = json.loads(json.dumps(verification.as_dict()))
    assert written["is_sound"] is False
    assert written["counts"] == {"area": 1}
    assert written["problems"][0]["where"] == "annotation 1 of image 1 (1.png)"


def test_warnings_are_kinds():
    assert set(KINDS) > WARNINGS


def test_one_data_set_at_a_time(tmp_path):
    for name in ("A", "B"):
        data_set(tmp_path / name)
    with pytest.raises(InputError, match="Expected one data set"):
        verify(tmp_path)


def test_a_real_set_is_sound():
    verification = verify(shared("corpus/USGRA"))
    assert (verification.images, verification.instances, verification.counts()) == (244, 613, {})
