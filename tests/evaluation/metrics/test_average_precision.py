"""Against pycocotools, on scenes with several categories, crowds, more than 100 answers and none."""

import contextlib
import copy
import io
import math

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tests.evaluation.metrics.pairs import painted
from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.average_precision import average_precision
from ultrasam.imaging import mask_to_rle


def scene(seed, *, images=8, per_image=4, answers=6, categories=3, crowds=False, rounded=False):
    rng = np.random.default_rng(seed)
    pictures = [{"id": number, "height": 30, "width": 41} for number in range(1, images + 1)]
    truths, predictions = [], []
    for picture in pictures:
        boxes = [random_box(rng) for _ in range(per_image)]
        for box in boxes:
            truths.append(
                {
                    "id": len(truths) + 1,
                    "image_id": picture["id"],
                    "category_id": int(rng.integers(1, categories + 1)),
                    "area": int((box[2] - box[0]) * (box[3] - box[1])),
                    "iscrowd": int(crowds and rng.random() < 0.3),
                    "segmentation": mask_to_rle(painted(box)),
                }
            )
        for _ in range(answers):
            kind = rng.integers(per_image)
            box = np.clip(np.array(boxes[kind]) + rng.integers(-1, 2, 4), 0, (41, 30, 41, 30))
            score = rng.random()
            predictions.append(
                {
                    "image_id": picture["id"],
                    "category_id": truths[len(truths) - per_image + kind]["category_id"],
                    "score": round(score, 1) if rounded else score,
                    "segmentation": mask_to_rle(painted(box)),
                }
            )
    return pictures, truths, predictions


def random_box(rng):
    x0, y0 = rng.integers(0, 30), rng.integers(0, 20)
    return x0, y0, x0 + rng.integers(2, 11), y0 + rng.integers(2, 10)


def of_pycocotools(images, truths, predictions):
    coco = COCO()
    ids = sorted({entry["category_id"] for entry in (*truths, *predictions)})
    coco.dataset = copy.deepcopy({"images": images, "annotations": truths, "categories": [{"id": id_} for id_ in ids]})
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(copy.deepcopy(predictions)), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    stats = evaluation.stats
    return {"AP": stats[0], "AP50": stats[1], "AP75": stats[2], "AR": stats[8]}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"categories": 1},
        {"crowds": True},
        {"rounded": True},
        {"images": 2, "answers": 150, "categories": 1},
        {"answers": 1},
    ],
    ids=str,
)
def test_numbers_are_those_of_pycocotools(options):
    for seed in range(3):
        case = scene(seed, **options)
        expected = of_pycocotools(*case)
        assert 0 < expected["AP"] < 1
        assert average_precision(*case) == pytest.approx(expected)


def test_ar_is_that_of_all_answers_not_of_the_first():
    images, truths, _ = scene(0, images=1, categories=1)
    exact = [{**truth, "score": 0.5} for truth in truths]
    assert average_precision(images, truths, exact) == {"AP": 1, "AP50": 1, "AP75": 1, "AR": 1}


def test_annotations_need_no_ids_and_inputs_stay_as_they_were():
    case = scene(1)
    before = copy.deepcopy(case)
    expected = average_precision(*case)
    assert case == before
    without = [{key: value for key, value in truth.items() if key not in ("id", "iscrowd")} for truth in case[1]]
    assert average_precision(case[0], without, case[2]) == expected
    assert average_precision(case[0], [{**truth, "id": 0} for truth in case[1]], case[2]) == expected


def test_without_answers_nothing_is_found():
    images, truths, _ = scene(0)
    assert average_precision(images, truths, []) == {"AP": 0, "AP50": 0, "AP75": 0, "AR": 0}


def test_empty_answers_are_wrong_ones():
    images, truths, predictions = scene(0)
    nothing = mask_to_rle(painted())
    assert set(average_precision(images, truths, [{**p, "segmentation": nothing} for p in predictions]).values()) == {0}


def test_where_nothing_is_to_be_found_there_is_no_number():
    images, truths, predictions = scene(0)
    for none in ([], [{**truth, "iscrowd": 1} for truth in truths]):
        assert all(math.isnan(value) for value in average_precision(images, none, predictions).values())


def test_a_mask_of_an_unknown_image_is_told():
    images, truths, predictions = scene(0)
    with pytest.raises(InputError, match=r"some of \[8\]"):
        average_precision(images[:-1], truths, predictions)


def test_nothing_is_printed(capfd):
    average_precision(*scene(0))
    assert capfd.readouterr() == ("", "")
