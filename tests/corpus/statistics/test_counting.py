import json

import numpy as np
import pytest
from pycocotools.coco import COCO

from tests.corpus.coco.coco_files import annotation, document, image, without, write
from tests.references import shared
from ultrasam.corpus import CocoFolder
from ultrasam.corpus.statistics import PartCounts, count
from ultrasam.errors import InputError

CATEGORIES = [{"id": 4, "name": "nerve", "structure": "nerve"}, {"id": 2, "name": "vessel"}]
IMAGES = [
    image(1, split="val", patient="A", sequence="1", spacing_mm=0.1, labels={"side": "left", "birads": 4}),
    image(2, split="train", patient="B", spacing_mm=[0.3, 0.2], labels={"side": "left"}),
    image(3, split="train", patient=7, labels={"side": "right"}),
    image(4, "4.png", patient=7) | {"width": 4, "height": 12},
]
ANNOTATIONS = [
    annotation(1, 1, category_id=2, area=9, bbox=[2, 1, 3, 3]),
    annotation(2, 1, category_id=2),
    annotation(3, 1, category_id=4, area=24, bbox=[0, 0, 4, 6]),
    annotation(4, 2, category_id=4, area=48, bbox=[0, 0, 8, 6]),
    annotation(5, 4, category_id=4, area=12, bbox=[0, 0, 4, 3]),
]


def counted(tmp_path, images=IMAGES, annotations=ANNOTATIONS, categories=CATEGORIES, **more):
    return count(write(tmp_path / "SET", document(images, annotations, categories), files=(), **more))


def test_splits_are_counted_in_their_order_and_images_without_one_last(tmp_path):
    statistics = counted(tmp_path)
    assert statistics.name == "SET"
    assert statistics.total == PartCounts("all", images=4, empty=1, instances=5, patients=3, sequences=1)
    assert statistics.splits == (
        PartCounts("train", images=2, empty=1, instances=1, patients=2, sequences=0),
        PartCounts("val", images=1, empty=0, instances=3, patients=1, sequences=1),
        PartCounts("no split", images=1, empty=0, instances=1, patients=1, sequences=0),
    )


def test_classes_are_counted(tmp_path):
    nerve, vessel = counted(tmp_path).classes
    assert (nerve.name, nerve.structure, vessel.name, vessel.structure) == ("nerve", "nerve", "vessel", None)
    assert (nerve.instances, nerve.images, nerve.patients) == (3, 3, 3)
    assert (vessel.instances, vessel.images, vessel.patients) == (2, 1, 1)
    assert nerve.by_split == {"train": 1, "val": 1, "no split": 1}
    assert vessel.by_split == {"train": 0, "val": 2, "no split": 0}
    assert (nerve.area_px.minimum, nerve.area_px.p50, nerve.area_px.maximum) == (12, 24, 48)
    # Each image has 48 pixels.
    assert (nerve.area_share.minimum, nerve.area_share.p50, nerve.area_share.maximum) == (0.25, 0.5, 1)
    assert (nerve.per_image.maximum, vessel.per_image.p50) == (1, 2)


def test_the_share_histogram_has_five_bins_for_each_factor_of_ten(tmp_path):
    nerve = counted(tmp_path).classes[0]
    # 0.25 lies between 10^-0.8 and 10^-0.6, 0.5 between 10^-0.4 and 10^-0.2; 1 is in the last bin.
    assert nerve.share_histogram == (0,) * 21 + (1, 0, 1, 1)


def test_images_are_described(tmp_path):
    statistics = counted(tmp_path)
    assert statistics.objects_per_image == {0: 1, 1: 2, 3: 1}
    assert statistics.sizes_wh == ((8, 6, 3), (4, 12, 1))
    assert statistics.labels == {"birads": {"4": 1}, "side": {"left": 2, "right": 1}}
    assert statistics.spacing_images == 2
    assert (statistics.spacing_mm.minimum, statistics.spacing_mm.maximum) == (0.1, 0.3)


def test_the_map_of_boxes_is_their_mean(tmp_path):
    annotations = [annotation(1, area=1, bbox=[0, 0, 4, 3]), annotation(2, area=1, bbox=[0, 0, 2, 6])]
    found = np.array(counted(tmp_path, [image(1)], annotations, [{"id": 1, "name": "a"}]).box_map)
    first, second = np.zeros((32, 32)), np.zeros((32, 32))
    first[:16, :16], second[:, :8] = 1, 1
    np.testing.assert_allclose(found, (first + second) / 2)


def test_a_box_that_covers_part_of_a_cell_and_leaves_the_image(tmp_path):
    wide = [image(1) | {"width": 32, "height": 32}]
    annotations = [annotation(1, area=1, bbox=[30.5, 0, 99, 0.25])]
    found = np.array(counted(tmp_path, wide, annotations, [{"id": 1, "name": "a"}]).box_map)
    assert found[0, 29:].tolist() == [0, 0.125, 0.25]
    assert found.sum() == 0.375


def test_what_cannot_be_counted_is_left_out(tmp_path):
    images = [
        image(1),
        image(1),
        image(2, height=0),
        image(3, patient=[1]),
        image(4, width="8"),
        5,
        without(image(), "id"),
    ]
    annotations = [
        annotation(1, 1),
        annotation(2, 99),
        annotation(3, 1, category_id=99),
        annotation(4, 1, segmentation=[]),
        annotation(5, [1]),
        None,
    ]
    statistics = counted(tmp_path, images, annotations, [{"id": 1, "name": "a"}, {"id": 2}])
    assert (statistics.total.images, statistics.total.instances) == (1, 1)
    assert statistics.left_out == 6 + 5 + 1


def test_the_order_of_the_lists_and_two_categories_of_one_name_change_nothing(tmp_path):
    categories = [
        {"id": 4, "name": "nerve", "structure": "nerve"},
        {"id": 2, "name": "vessel"},
        {"id": 9, "name": "nerve"},
    ]
    annotations = [{**entry, "category_id": 9} if entry["id"] == 4 else entry for entry in ANNOTATIONS]
    content = document(IMAGES, annotations, categories)
    other = {key: content[key] for key in ("annotations", "categories", "images")}
    assert count(write(tmp_path / "other" / "SET", other, files=())) == counted(tmp_path)


def test_nothing_at_all_can_be_counted(tmp_path):
    statistics = counted(tmp_path, [], [], [])
    assert (statistics.total.images, statistics.splits, statistics.classes) == (0, (), ())
    assert (statistics.area_share, statistics.spacing_mm) == (None, None)


def test_json_can_hold_all_of_it(tmp_path):
    read_back = json.loads(json.dumps(counted(tmp_path).as_dict(), allow_nan=False))
    assert read_back["total"]["instances"] == 5
    assert read_back["classes"][0]["area_px"]["p50"] == 24


def test_one_data_set_at_a_time(tmp_path):
    for name in ("A", "B"):
        write(tmp_path / name)
    with pytest.raises(InputError, match=r"Expected one data set in .*, but found 2"):
        count(tmp_path)


@pytest.mark.parametrize("name", ["USGRA", "BUS-UCLM"])
def test_a_real_set_has_the_numbers_that_pycocotools_finds(name, tmp_path, capsys):
    path = shared(f"corpus/{name}")
    statistics, reference = count(path), COCO(path / "coco.json")
    capsys.readouterr()
    folder = CocoFolder.read(path)
    assert statistics.total.patients == len({entry.patient for entry in folder.images} - {None})
    for entry in statistics.classes:
        category = reference.getCatIds(catNms=[entry.name])
        objects = reference.loadAnns(reference.getAnnIds(catIds=category))
        assert (entry.instances, entry.images) == (len(objects), len(reference.getImgIds(catIds=category)))
        assert entry.area_px.p25 == np.percentile([one["area"] for one in objects], 25)
    # Without statements, the segmentations are measured: those of the corpus agree with what is stated.
    stripped = document(
        reference.dataset["images"],
        [without(without(one, "area"), "bbox") for one in reference.dataset["annotations"]],
        reference.dataset["categories"],
    )
    assert count(write(tmp_path / name, stripped, files=())) == statistics


def test_what_makes_no_sense_as_an_image_is_left_out_as_by_the_reader(tmp_path):
    entries = [image(1), image(2) | {"width": 8.5}, image(3) | {"spacing_mm": True}]
    (tmp_path / "coco.json").write_text(json.dumps(document(images=entries)))
    counted = count(tmp_path)
    assert (counted.total.images, counted.left_out) == (1, 2)
