import base64
import io

import numpy as np
import pytest
from PIL import Image

from tests.downstream.testing.made import made_test
from ultrasam.downstream.testing.report.pictures import image_scores, picture_groups
from ultrasam.evaluation.metrics.overlap import dice
from ultrasam.imaging import rle_to_mask


def masks(record, key):
    return [rle_to_mask({"size": record["size_hw"], "counts": entry["mask"]}) for entry in record[key]]


def test_wrong_answers_come_surest_first(tmp_path):
    _, tested = made_test("classification", tmp_path)
    ((title, note, pictures),) = picture_groups(tested)
    wrong = [
        (case["answer"][case["truth"][0]], record["image"])
        for record, case in tested.cases
        if case["answer"][case["truth"][0]] < 0.5
    ]
    assert title == "Taken for something else"
    assert note.startswith(f"{len(wrong)} of 12 cases")
    assert [picture.caption.split(":")[0] for picture in pictures] == [image for _, image in sorted(wrong)]
    assert "taken for" in pictures[0].rank


def test_without_an_error_there_is_nothing_to_show(tmp_path):
    _, tested = made_test("classification", tmp_path)
    for _, case in tested.cases:
        case["answer"] = [float(i == case["truth"][0]) for i in range(2)]
    assert picture_groups(tested) == []


@pytest.mark.parametrize("kind", ["semantic", "instance"])
def test_masks_are_shown_from_the_best_to_the_worst(kind, tmp_path):
    _, tested = made_test(kind, tmp_path)
    scores = image_scores(tested)
    ((_, _, pictures),) = picture_groups(tested)
    assert [picture.rank for picture in pictures] == ["best"] * 3 + ["median"] * 3 + ["worst"] * 3
    names = [record["image"] for record in tested.records]
    shown = [scores[names.index(picture.caption.split(",")[0])] for picture in pictures]
    assert shown[0] == scores.max()
    assert shown[-1] == scores.min()
    assert shown == sorted(shown, reverse=True)


def test_truth_and_answer_are_side_by_side(tmp_path):
    _, tested = made_test("semantic", tmp_path)
    ((_, _, pictures),) = picture_groups(tested)
    picture = Image.open(io.BytesIO(base64.b64decode(pictures[0].data_uri.split(",")[1])))
    assert picture.size == pictures[0].size_wh
    assert picture.width / picture.height == pytest.approx(2 * 56 / 40, rel=0.05)


def test_an_images_score_is_the_mean_of_its_objects(tmp_path):
    _, tested = made_test("semantic", tmp_path)
    for record, score in zip(tested.records, image_scores(tested), strict=True):
        pairs = zip(masks(record, "answers"), masks(record, "truths"), strict=True)
        assert score == pytest.approx(np.mean([dice(*pair) for pair in pairs]))


def test_an_answer_where_nothing_is_is_worth_nothing(tmp_path):
    _, tested = made_test("instance", tmp_path, count=1)
    record = tested.records[0]
    for found in record["found"]:
        found.update(scores=[], kept=[], right=[""] * 10, dice=[])
    assert np.isnan(image_scores(tested)).all()
    record["found"][0].update(scores=[0.9], kept=[True], right=["0"] * 10)
    assert image_scores(tested).tolist() == [0]
