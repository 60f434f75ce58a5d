from collections import Counter

import pytest

from tests.corpus.coco.coco_files import annotation, document, image, write
from tests.references import shared
from ultrasam.corpus import CocoFolder
from ultrasam.corpus.contact_sheet.choosing import choose
from ultrasam.errors import InputError

CATEGORIES = [{"id": 1, "name": "common"}, {"id": 2, "name": "rare"}, {"id": 3, "name": "unused"}]


def folder(tmp_path, images, annotations=()):
    files = [f"images/{entry['file_name']}" for entry in images]
    return CocoFolder.read(write(tmp_path, document(images, list(annotations), CATEGORIES), files=files))


def ids(images):
    return [image.image_id for image in images]


def test_rare_classes_and_images_without_objects_take_their_turn(tmp_path):
    images = [image(i) for i in range(40)]
    annotations = [annotation(i, i, category_id=2 if i < 3 else 1) for i in range(30)]
    chosen = ids(choose(folder(tmp_path, images, annotations), 9, seed=0))
    assert Counter("rare" if i < 3 else "common" if i < 30 else "none" for i in chosen) == {
        "rare": 3,
        "common": 3,
        "none": 3,
    }
    assert chosen == sorted(chosen)


@pytest.mark.parametrize("key", ["patient", "sequence"])
def test_nobody_has_a_second_image_before_all_have_a_first(tmp_path, key):
    images = [image(i, **{key: "A" if i < 30 else f"B{i // 2}"}) for i in range(36)]
    chosen = choose(folder(tmp_path, images), 4, seed=1)
    assert sorted("A" if i < 30 else f"B{i // 2}" for i in ids(chosen)) == ["A", "B15", "B16", "B17"]


def test_all_are_chosen_where_there_are_few(tmp_path):
    images = [image(i, patient=i % 2) for i in range(5)]
    annotations = [annotation(1, 0), annotation(2, 0, category_id=2), annotation(3, 1)]
    assert ids(choose(folder(tmp_path, images, annotations), 99, seed=0)) == [0, 1, 2, 3, 4]


def test_the_seed_alone_decides(tmp_path):
    images = [image(i) for i in range(50)]
    first = folder(tmp_path / "a", images)
    shuffled = folder(tmp_path / "b", images[::-1])
    by_seed = {seed: ids(choose(first, 6, seed)) for seed in range(5)}
    assert len({tuple(chosen) for chosen in by_seed.values()}) == 5
    assert {seed: ids(choose(shuffled, 6, seed)) for seed in range(5)} == by_seed


def test_of_one_class_only(tmp_path):
    images = [image(i) for i in range(9)]
    annotations = [annotation(1, 4, category_id=2), annotation(2, 4), annotation(3, 5), annotation(4, 7, category_id=2)]
    data = folder(tmp_path, images, annotations)
    assert ids(choose(data, 5, 0, "rare")) == [4, 7]
    with pytest.raises(InputError, match="among common, rare, unused, but got 'nerve'"):
        choose(data, 5, 0, "nerve")
    with pytest.raises(InputError, match="Expected images of unused to show, but there is none"):
        choose(data, 5, 0, "unused")


def test_a_real_set_shows_all_its_classes_and_no_patient_twice():
    chosen = choose(CocoFolder.read(shared("corpus/BUS-BRA")), 24, seed=3)
    assert len({image.patient for image in chosen}) == 24
    assert Counter(instance.category for image in chosen for instance in image.instances) == {
        "breast_lesion_malignant": 12,
        "breast_lesion_benign": 12,
    }
