import hashlib
import json
import os
import random

import pytest

from tests.corpus.coco.coco_files import SIZE_HW, annotation, document, image, rle, without, write
from tests.references import shared
from ultrasam.corpus import CocoFolder, NoSuchSplitError, Skipped
from ultrasam.errors import InputError

NAN = float("nan")
SQUARE = [[1.0, 1.0, 5.0, 1.0, 5.0, 4.0, 1.0, 4.0]]


def read(folder, *, split="all", files=("images/1.png", "images/2.png"), **content):
    return CocoFolder.read(write(folder, document(**content), files=files), split=split)


def ids(folder):
    return {image.image_id: [instance.annotation_id for instance in image.instances] for image in folder.images}


def test_a_good_folder_is_read_whole(tmp_path):
    images = [image(2, split="val"), image(1, split="train", patient="p", spacing_mm=[0.1, 0.2])]
    annotations = [annotation(7, 2), annotation(9, 1, category_id=30), annotation(8, 1, SQUARE)]
    categories = [{"id": 30, "name": "nerve"}, {"id": 1, "name": "lesion"}, {"id": 4, "name": "nerve"}]
    folder = read(tmp_path, images=images, annotations=annotations, categories=categories)
    path = tmp_path / "coco.json"
    assert folder.annotation_file == path
    assert folder.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert folder.categories == ("nerve", "lesion")
    assert (folder.split, folder.skipped, folder.facts) == ("all", (), {})
    first, second = folder.images
    assert (first.image_id, first.file_name, first.path) == (1, "1.png", tmp_path / "images" / "1.png")
    assert (first.size_hw, first.split, first.patient, first.spacing_mm) == (SIZE_HW, "train", "p", (0.1, 0.2))
    assert (second.image_id, second.split, second.patient, second.spacing_mm) == (2, "val", None, None)
    assert [(i.annotation_id, i.category) for i in first.instances] == [(9, "nerve"), (8, "lesion")]
    assert first.instances[0].mask().sum() == 9


def test_an_image_without_objects_is_no_fault(tmp_path):
    folder = read(tmp_path, images=[image(1), image(2)])
    assert ids(folder) == {1: [1], 2: []}
    assert folder.skipped == ()


@pytest.mark.parametrize(
    ("entry", "what", "reason"),
    [
        (image(2, "gone.png"), "image 2 (gone.png)", "Its file is missing"),
        (image(2, "/etc/passwd"), "image 2 (/etc/passwd)", "leads out of the data set's folder"),
        (image(2, "../SET/images/2.png"), "image 2 (../SET/images/2.png)", "leads out of the data set's folder"),
        (image(2, "a/../../2.png"), "image 2 (a/../../2.png)", "leads out of the data set's folder"),
        (image(2, "a\\..\\2.png"), "image 2 (a\\..\\2.png)", "leads out of the data set's folder"),
        (image(2, "C:\\2.png"), "image 2 (C:\\2.png)", "leads out of the data set's folder"),
        (image(2, "images"), "image 2 (images)", "Its file is missing"),
        (image(2, "a\0b/c.png"), "image 2 (a\0b/c.png)", "Its file is missing"),
        (image(2, ""), "image 2 ()", "a file_name, but it has none"),
        (image(2, file_name=5), "image 2 (5)", "a file_name, but it has none"),
        (without(image(2), "file_name"), "image 2 (None)", "a file_name, but it has none"),
        (without(image(2), "id"), "image entry number 2", "an id that is a whole number or text"),
        (image(2.5, "2.png"), "image entry number 2", "an id that is a whole number or text"),
        (image(None, "2.png"), "image entry number 2", "an id that is a whole number or text"),
        (image([2], "2.png"), "image entry number 2", "an id that is a whole number or text"),
        ("2.png", "image entry number 2", "an id that is a whole number or text"),
        (without(image(2), "width"), "image 2 (2.png)", "positive whole numbers, but got None and 6"),
        (image(2, width=0), "image 2 (2.png)", "positive whole numbers, but got 0 and 6"),
        (image(2, height=-6), "image 2 (2.png)", "positive whole numbers, but got 8 and -6"),
        (image(2, height="6"), "image 2 (2.png)", "positive whole numbers, but got 8 and 6"),
        (image(2, height=NAN), "image 2 (2.png)", "positive whole numbers, but got 8 and nan"),
        (image(2, height=5.5), "image 2 (2.png)", "positive whole numbers, but got 8 and 5.5"),
        (image(2, height=10**6, width=10**6), "image 2 (2.png)", "at most 134,217,728 pixels"),
        (image(2, spacing_mm=[0.1]), "image 2 (2.png)", "spacing_mm as a positive number or [x, y], but got [0.1]"),
        (image(2, spacing_mm=[0.1, 0]), "image 2 (2.png)", "spacing_mm as a positive number"),
        (image(2, spacing_mm=NAN), "image 2 (2.png)", "spacing_mm as a positive number"),
        (image(2, spacing_mm="0.1"), "image 2 (2.png)", "spacing_mm as a positive number"),
        (image(2, patient=["p"]), "image 2 (2.png)", "patient as text or numbers, but got ['p']"),
        (image(2, split=["val"]), "image 2 (2.png)", "split and patient as text"),
    ],
)
def test_an_image_that_cannot_be_used_is_listed(tmp_path, entry, what, reason):
    annotations = [annotation(), annotation(2, 2)] if what.startswith("image 2") else [annotation()]
    folder = read(tmp_path / "SET", images=[image(1), entry], annotations=annotations)
    assert ids(folder) == {1: [1]}
    (skipped,) = folder.skipped
    assert (skipped.dataset, skipped.what) == ("SET", what)
    assert reason in skipped.reason
    assert skipped.reason.endswith(".")


@pytest.mark.parametrize(
    ("entry", "what", "reason"),
    [
        (annotation(2, iscrowd=1), "annotation 2 of image 1 (1.png)", "It is a crowd (iscrowd 1)"),
        (annotation(2, category_id=9), "annotation 2 of image 1 (1.png)", "the file's categories, but got 9"),
        (annotation(2, category_id=[1]), "annotation 2 of image 1 (1.png)", "the file's categories, but got [1]"),
        (annotation(2, image_id=99), "annotation 2 of image 99", "its image is not there"),
        (annotation(2, image_id="1"), "annotation 2 of image 1", "its image is not there"),
        (without(annotation(2), "image_id"), "annotation 2", "its image is not there"),
        (annotation(2, image_id=[1]), "annotation 2 of image [1]", "its image is not there"),
        (annotation(1), "annotation 1 of image 1 (1.png)", "an earlier one has this id"),
        (without(annotation(2), "id"), "annotation entry number 2 of image 1 (1.png)", "an id that is a whole number"),
        ([], "annotation entry number 2", "its image is not there"),
        (without(annotation(2), "segmentation"), "annotation 2 of image 1 (1.png)", "missing or empty"),
        (annotation(2, segmentation=[]), "annotation 2 of image 1 (1.png)", "missing or empty"),
        (annotation(2, segmentation=rle(size_hw=(8, 6))), "annotation 2 of image 1 (1.png)", "size 6 x 8 (rows x"),
        (annotation(2, segmentation=[[1, 1, 2, 2]]), "annotation 2 of image 1 (1.png)", "at least 3 points, but"),
        (annotation(2, segmentation=[[1] * 7]), "annotation 2 of image 1 (1.png)", "an odd count of 7 numbers"),
        (annotation(2, segmentation=[[1, 1, 2, NAN, 3, 3]]), "annotation 2 of image 1 (1.png)", "NaN or infinity"),
    ],
)
def test_an_annotation_that_cannot_be_used_is_listed(tmp_path, entry, what, reason):
    folder = read(tmp_path, annotations=[annotation(1), entry, annotation(3)])
    assert ids(folder) == {1: [1, 3]}
    (skipped,) = folder.skipped
    assert skipped.what == what
    assert reason in skipped.reason
    assert skipped.reason.endswith(".")


def test_nothing_is_decoded_when_a_folder_is_read(tmp_path):
    broken = {"size": list(SIZE_HW), "counts": "P"}
    folder = read(tmp_path, annotations=[annotation(1, segmentation=broken)])
    assert folder.skipped == ()
    with pytest.raises(InputError, match="cut off or damaged"):
        folder.images[0].instances[0].mask()


def test_images_of_one_id_are_all_ambiguous(tmp_path):
    images = [image(1), image(2, "2.png", split="a"), image(2, "1.png", split="b")]
    folder = read(tmp_path, images=images, annotations=[annotation(1), annotation(2, 2)])
    reason = "Expected an id of its own for each image, but 2 have this one: 2.png, 1.png."
    assert ids(folder) == {1: [1]}
    assert [(s.what, s.reason) for s in folder.skipped] == [("image 2 (2.png)", reason), ("image 2 (1.png)", reason)]
    with_one = CocoFolder.read(tmp_path, split="a")
    assert with_one.images == ()
    assert [s.what for s in with_one.skipped] == ["image 2 (2.png)"]


def test_many_images_of_one_id_are_not_all_named_in_each_reason(tmp_path):
    folder = read(tmp_path, images=[image(0, f"{i}.png") for i in range(100)], annotations=[])
    assert len(folder.skipped) == 100
    assert "but 100 have this one: 0.png, 1.png, 2.png, 3.png, 4.png, …." in folder.skipped[0].reason


def test_only_what_concerns_the_split_is_listed(tmp_path):
    images = [image(1, split="train"), image(2, split="val"), image(3, "gone.png", split="train")]
    annotations = [annotation(1, 1, iscrowd=1), annotation(2, 2), annotation(3, 3), annotation(4, 99)]
    whats = {
        split: [s.what for s in read(tmp_path, split=split, images=images, annotations=annotations).skipped]
        for split in ("train", "val")
    }
    assert whats["train"] == ["image 3 (gone.png)", "annotation 1 of image 1 (1.png)", "annotation 4 of image 99"]
    assert whats["val"] == ["annotation 4 of image 99"]


def test_an_annotation_is_repeated_whatever_the_split(tmp_path):
    images = [image(1, split="train"), image(2, split="val")]
    annotations = [annotation(5, 1), annotation(5, 2)]
    for split in ("all", "val"):
        folder = read(tmp_path, split=split, images=images, annotations=annotations)
        assert [s.what for s in folder.skipped] == ["annotation 5 of image 2 (2.png)"]


def test_a_split_is_its_images(tmp_path):
    images = [image(1, split="train"), image(2, split=1)]
    annotations = [annotation(1, 1), annotation(2, 2)]
    folders = {s: ids(read(tmp_path, split=s, images=images, annotations=annotations)) for s in ("train", "1", "all")}
    assert folders == {"train": {1: [1]}, "1": {2: [2]}, "all": {1: [1], 2: [2]}}


def test_a_split_that_is_not_there_names_those_that_are(tmp_path):
    splits = ["test", "val", "train", "extra", "test", None]
    images = [image(i, "1.png", split=split) for i, split in enumerate(splits)]
    path = write(tmp_path / "SET", document(images))
    message = (
        r"^Expected a split of SET among train \(1\), val \(1\), test \(2\), extra \(1\), or all, but got 'tset'\.$"
    )
    with pytest.raises(NoSuchSplitError, match=message):
        CocoFolder.read(path, split="tset")
    assert issubclass(NoSuchSplitError, InputError)


def test_without_any_split_all_is_suggested(tmp_path):
    message = "in the split 'test', but none of its 1 images names a split: use --split all"
    with pytest.raises(NoSuchSplitError, match=message):
        read(tmp_path, split="test")


@pytest.mark.parametrize(
    ("name", "file", "file_name"),
    [
        ("coco.json", "1.png", "1.png"),
        ("coco.json", "images/1.png", "1.png"),
        ("coco.json", "images/1.png", "images/1.png"),
        ("coco.json", "images/a/b/1.png", "a/b/1.png"),
        ("coco.json", "1.png", "./1.png"),
        ("annotations/x.json", "1.png", "1.png"),
        ("annotations/x.json", "images/1.png", "1.png"),
        ("annotations/x.json", "annotations/1.png", "1.png"),
        ("annotations/x.json", "val2017/1.png", "val2017/1.png"),
    ],
)
def test_image_files_are_found_where_coco_folders_have_them(tmp_path, name, file, file_name):
    path = write(tmp_path, document([image(1, file_name)]), name=name, files=[file])
    folder = CocoFolder.read(path)
    assert folder.skipped == ()
    assert folder.images[0].path.samefile(tmp_path / file)


def test_the_folder_above_is_only_for_coco_s_layout(tmp_path):
    path = write(tmp_path, name="labels/x.json", files=["1.png"])
    assert [s.what for s in CocoFolder.read(path).skipped] == ["image 1 (1.png)"]


def test_each_folder_is_listed_once(tmp_path, monkeypatch):
    files = [f"images/{i % 3}/{i}.png" for i in range(30)]
    path = write(tmp_path, document([image(i, f"{i % 3}/{i}.png") for i in range(30)], []), files=files)
    listed = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: listed.append(folder) or scandir(folder))
    assert len(CocoFolder.read(path).images) == 30
    assert len(listed) == len(set(listed)) == 6


def test_ids_of_mixed_kinds_are_sorted(tmp_path):
    wanted = [2, 10, "10", "9", "a"]
    mixed = random.Random(0).sample(wanted, len(wanted))
    folder = read(tmp_path, images=[image(i, "1.png") for i in mixed], annotations=[annotation(1, "9")])
    assert [i.image_id for i in folder.images] == wanted
    assert ids(folder)["9"] == [1]


@pytest.mark.parametrize(
    ("value", "patient"), [("p1", "p1"), (12, "12"), (None, None), ("", None), (NAN, None), (0, "0")]
)
def test_patients_are_text(tmp_path, value, patient):
    assert read(tmp_path, images=[image(patient=value)]).images[0].patient == patient


@pytest.mark.parametrize(
    ("value", "spacing"), [(None, None), (0.2, (0.2, 0.2)), (1, (1.0, 1.0)), ([0.2, 0.3], (0.2, 0.3))]
)
def test_spacing_is_x_y(tmp_path, value, spacing):
    assert read(tmp_path, images=[image(spacing_mm=value)]).images[0].spacing_mm == spacing


def test_whole_floats_are_sizes(tmp_path):
    assert read(tmp_path, images=[image(height=6.0, width=8.0)]).images[0].size_hw == SIZE_HW


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "as JSON in .*coco.json, but it is cut off, damaged"),
        (json.dumps(document()).encode()[:-20], "as JSON in .*coco.json, but it is cut off, damaged"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "as JSON in .*coco.json, but it is cut off, damaged"),
        (b"[" * 100_000, "as JSON in .*coco.json, but it is cut off, damaged"),
        (b"[]", "got no images, no annotations, no categories"),
        (b"null", "got no images, no annotations, no categories"),
        (b'{"images": [], "categories": []}', "got no annotations"),
        (b'{"images": {}, "annotations": [], "categories": []}', "got no images"),
    ],
)
def test_what_is_no_coco_is_refused(tmp_path, content, reason):
    path = write(tmp_path)
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        CocoFolder.read(path)


@pytest.mark.parametrize(
    ("categories", "reason"),
    [
        ([{"id": 3, "name": "a"}, {"id": 3, "name": "b"}], "'a' and 'b' both have the id 3"),
        ([{"id": 3}], "categories with an id and a name .* but got .*3"),
        ([{"name": "a"}], "categories with an id and a name"),
        (["a"], "categories with an id and a name"),
    ],
)
def test_categories_without_sense_are_refused(tmp_path, categories, reason):
    with pytest.raises(InputError, match=reason):
        read(tmp_path, categories=categories)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = write(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert ids(CocoFolder.read(path)) == {1: [1]}


def test_skipped_says_whose_it_is():
    assert Skipped("a", "image 1 (b)", "Why.") == Skipped(dataset="a", what="image 1 (b)", reason="Why.")


@pytest.mark.parametrize("name", ["BUS-BRA", "BUS-UCLM", "BUSI", "CAMUS", "DDTI", "FALLMUD", "PSFHS", "USGRA"])
def test_real_sets_hold_what_their_facts_say(name):
    path = shared(f"corpus/{name}")
    folder = CocoFolder.read(path)
    facts = json.loads((path / "dataset.json").read_text())
    assert folder.skipped == ()
    assert (folder.name, list(folder.categories)) == (facts["name"], facts["categories"])
    assert len(folder.images) == facts["images"]
    assert sum(len(image.instances) for image in folder.images) == facts["instances"]
    for split, count in facts["splits"].items():
        if count:
            assert len(CocoFolder.read(path, split=split).images) == count
    assert all(image.path.is_file() for image in folder.images[::50])


def test_a_real_set_without_a_test_part_says_so():
    message = r"Expected a split of BUS-UCLM among train \(253\), val \(11\), or all, but got 'test'\."
    with pytest.raises(NoSuchSplitError, match=message):
        CocoFolder.read(shared("corpus/BUS-UCLM"), split="test")
