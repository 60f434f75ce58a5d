import dataclasses
import json

import numpy as np
import pytest

from tests.downstream.testing.made import SETTINGS, made_records, made_test
from ultrasam.downstream.testing.settings import RECORDS
from ultrasam.downstream.testing.settings import SETTINGS as NAME
from ultrasam.downstream.testing.tested import Tested, read_tested
from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.average_precision import average_precision
from ultrasam.imaging import rle_to_mask


@pytest.mark.parametrize("kind", ["classification", "regression", "semantic", "instance"])
def test_numbers_are_made_anew_from_the_files_alone(kind, tmp_path):
    result, tested = made_test(kind, tmp_path)
    result.settings.write(tmp_path)
    lines = [json.dumps(record) for record in tested.records]
    (tmp_path / RECORDS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read_tested(tmp_path).values() == tested.values()
    assert {name: estimate.mean for name, estimate in result.overall.items()} == tested.values()


def test_a_patient_that_is_not_known_is_the_image(tmp_path):
    _, tested = made_test("classification", tmp_path)
    assert tested.patients[0] == "image image-0.png"
    assert tested.patients[1] == "patient 0"


def test_objects_of_an_image_are_of_its_patient(tmp_path):
    records = made_records("classification", tmp_path, 3)
    records[1]["cases"] *= 3
    tested = Tested.of(SETTINGS, records)
    assert tested.patients.tolist() == ["image image-0.png", "patient 0", "patient 0", "patient 0", "patient 1"]
    assert tested.classified().truths.shape == (5, 2)


def test_several_classes_are_marked(tmp_path):
    _, tested = made_test("classification", tmp_path, several=True, count=3)
    assert tested.classified().truths.tolist() == [[False, False], [True, False], [True, True]]


def test_failed_images_are_apart(tmp_path):
    records = made_records("semantic", tmp_path, 3)
    records[0] = {**records[0], "failed": True, "reason": "Because."}
    tested = Tested.of(dataclasses.replace(SETTINGS, kind="semantic"), records)
    assert (len(tested.records), len(tested.failed)) == (2, 1)
    assert np.array_equal(tested.counts(), [record["counts"] for record in records[1:]])


def test_another_task_has_no_classes(tmp_path):
    _, tested = made_test("regression", tmp_path)
    with pytest.raises(InputError, match="this is of regression"):
        tested.classified()


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "semantic"}', '{"unknown": 1}'])
def test_damaged_settings_are_told(text, tmp_path):
    (tmp_path / NAME).write_text(text)
    with pytest.raises(InputError, match="test again"):
        read_tested(tmp_path)


def test_settings_of_another_format_are_told(tmp_path):
    dataclasses.replace(SETTINGS, format=99).write(tmp_path)
    with pytest.raises(InputError, match="has 99: test again"):
        read_tested(tmp_path)


def test_ap_is_that_of_the_masks_in_the_records(tmp_path):
    _, tested = made_test("instance", tmp_path)
    images = [{"id": i, "height": r["size_hw"][0], "width": r["size_hw"][1]} for i, r in enumerate(tested.records, 1)]

    def entries(key):
        for image, record in zip(images, tested.records, strict=True):
            for entry in record[key]:
                segmentation = {"size": record["size_hw"], "counts": entry["mask"]}
                area = int(rle_to_mask(segmentation).sum())
                found = {"image_id": image["id"], "category_id": entry["class"] + 1, "area": area}
                yield {**found, "segmentation": segmentation, **({"score": entry["score"]} if "score" in entry else {})}

    expected = average_precision(images, list(entries("truths")), list(entries("answers")))
    found = tested.values()
    assert 0.1 < expected["AP"] < 0.9
    assert [found["ap"], found["ap50"], found["ap75"]] == pytest.approx([expected[n] for n in ("AP", "AP50", "AP75")])
