"""Against pycocotools, on whole sets and on resamples whose images are repeated."""

import math

import numpy as np
import pytest

from tests.evaluation.metrics.pairs import painted
from tests.evaluation.metrics.test_average_precision import of_pycocotools, scene
from ultrasam.downstream.metrics.instance import FoundInImage, measured, validation_values
from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.matching import match, precision_recall_f1
from ultrasam.evaluation.metrics.overlap import dice
from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap
from ultrasam.imaging import rle_to_mask

SQUARE, OTHER = painted((2, 2, 12, 12)), painted((20, 3, 30, 13))


def found_in(case, *, classes=3, min_score=0.5):
    images, truths, predictions = case

    def of(entries, image, category):
        return [e for e in entries if (e["image_id"], e["category_id"]) == (image["id"], category)]

    return [
        [
            FoundInImage.of(
                [rle_to_mask(entry["segmentation"]) for entry in of(predictions, image, category)],
                [entry["score"] for entry in of(predictions, image, category)],
                [rle_to_mask(entry["segmentation"]) for entry in of(truths, image, category)],
                min_score=min_score,
            )
            for category in range(1, classes + 1)
        ]
        for image in images
    ]


def repeated(case, times):
    """A data set in which each image stands as often as it was drawn."""
    images, truths, predictions = [], [], []
    for image, count in zip(case[0], times, strict=True):
        for _ in range(count):
            images.append({**image, "id": len(images) + 1})
            for entries, source in ((truths, case[1]), (predictions, case[2])):
                for entry in source:
                    if entry["image_id"] == image["id"]:
                        entries.append({**entry, "image_id": len(images), "id": len(entries) + 1})
    return images, truths, predictions


@pytest.mark.parametrize(
    ("options", "classes"),
    [({}, 3), ({"categories": 1}, 1), ({"rounded": True}, 3), ({"images": 2, "answers": 150, "categories": 1}, 1)],
    ids=str,
)
def test_ap_is_that_of_pycocotools(options, classes):
    for seed in range(3):
        case = scene(seed, **options)
        images = found_in(case, classes=classes)
        found = validation_values(images)
        expected = of_pycocotools(*case)
        assert (found["ap"], found["ap50"], found["ap75"]) == pytest.approx(
            (expected["AP"], expected["AP50"], expected["AP75"])
        )


def test_a_weight_is_a_repetition_of_the_image():
    case = scene(4, images=6)
    images = found_in(case)
    for seed in range(5):
        times = np.random.default_rng(seed).integers(0, 3, 6)
        values = np.nanmean(measured(images).class_values(times[None].astype(float))[0], axis=1)
        expected = of_pycocotools(*repeated(case, times))
        assert values[:3] == pytest.approx([expected[name] for name in ("AP", "AP50", "AP75")])


def test_f1_and_dice_are_of_the_masks_that_are_shown():
    case = scene(5, categories=1)
    (values,) = measured(found_in(case, classes=1, min_score=0.4)).class_values(np.ones((1, 8)))[..., 0]
    matchings, overlaps = [], []
    for image in case[0]:
        truths = [rle_to_mask(t["segmentation"]) for t in case[1] if t["image_id"] == image["id"]]
        shown = [p for p in case[2] if p["image_id"] == image["id"] and p["score"] >= 0.4]
        masks = [rle_to_mask(p["segmentation"]) for p in sorted(shown, key=lambda p: -p["score"])]
        matchings.append(match(masks, truths))
        partner = {truth: prediction for prediction, truth, _ in matchings[-1].pairs}
        overlaps += [dice(masks[partner[i]], truth) if i in partner else 0.0 for i, truth in enumerate(truths)]
    assert values[4] == pytest.approx(np.mean(overlaps))
    # COCO's greedy partners may be fewer than the best assignment's.
    assert 0 < values[3] <= precision_recall_f1(matchings).f1 + 1e-12


def test_an_exact_answer_is_worth_1_and_what_is_not_shown_nothing():
    one = FoundInImage.of([SQUARE, OTHER], [0.9, 0.3], [SQUARE], min_score=0.5)
    found = measured([[one]] * 3).estimate(PatientBootstrap([1, 2, 3], resamples=10))
    assert [found.overall[name].mean for name in ("ap", "f1", "dice")] == [1, 1, 1]
    hidden = FoundInImage.of([SQUARE], [0.3], [SQUARE], min_score=0.5)
    found = measured([[hidden]]).estimate(PatientBootstrap([1], resamples=10))
    assert [found.overall[name].mean for name in ("ap", "f1", "dice")] == [1, 0, 0]


def test_a_class_without_an_object_has_no_number_and_one_without_predictions_0():
    missed = FoundInImage.of([], [], [SQUARE], min_score=0.5)
    wrong = FoundInImage.of([SQUARE], [0.9], [], min_score=0.5)
    found = measured([[missed, wrong]] * 2).estimate(PatientBootstrap([1, 2], resamples=10))
    assert all(entry[0].mean == 0 and math.isnan(entry[1].mean) for entry in found.by_class.values())
    assert found.overall["ap"].mean == 0
    assert [entry.count for entry in found.by_class["ap"]] == [2, 0]


def test_what_cannot_be_matched_is_told():
    with pytest.raises(InputError, match="one score for each"):
        FoundInImage.of([SQUARE], [], [], min_score=0.5)
    with pytest.raises(InputError, match=r"same classes.*\[\]"):
        measured([])


def test_of_objects_that_fit_equally_the_last_is_taken():
    """As pycocotools has it; the first one is then free for the next prediction."""
    left, right = np.zeros((2, 4, 8), bool)
    left[:, :4], right[:, 4:] = True, True
    found = FoundInImage.of([left | right, left], [0.9, 0.8], [left, right], min_score=0.5)
    assert found.right[0].tolist() == [True, True]
    found = FoundInImage.of([left | right, right], [0.9, 0.8], [left, right], min_score=0.5)
    assert found.right[0].tolist() == [True, False]
