import json

import numpy as np
import pytest

from tests.evaluation.made_data import SIZE_HW, edit, ellipse, make_folder
from tests.evaluation.runs import made_run
from ultrasam.errors import InputError
from ultrasam.evaluation import evaluate_predictions, read_folders
from ultrasam.evaluation.automatic import PredictedSets
from ultrasam.evaluation.detection import Detection
from ultrasam.evaluation.run import record_file
from ultrasam.evaluation.summarising import summarise
from ultrasam.imaging import mask_to_rle

CYST, NODULE = ellipse(36, 40, 16, 22), ellipse(90, 51, 20, 14)


def entry(mask, score=None, image_id=1):
    scored = {} if score is None else {"score": score}
    return {"image_id": image_id, "category_id": 1, "segmentation": mask_to_rle(mask), **scored}


def evaluated(tmp_path, entries, images=1):
    folder = make_folder(tmp_path / "data", images=images)
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps(entries))
    made_run(tmp_path / "run", folder, source=PredictedSets.read(path))
    return list(record_file(tmp_path / "run", "made"))


def test_predictions_find_their_objects_whatever_their_order(tmp_path):
    (record,) = evaluated(tmp_path, [entry(NODULE, 0.8), entry(CYST, 0.9)])
    answers = [instance["answers"][0] for instance in record["instances"]]
    assert [answer["dice"] for answer in answers] == [1, 1]
    assert [answer["predicted_iou"] for answer in answers] == [0.9, 0.8]
    assert record["unmatched"] == []


def test_an_object_without_a_partner_has_dice_0_and_a_partner_without_object_is_kept(tmp_path):
    nowhere = ellipse(120, 90, 5, 4)
    (record,) = evaluated(tmp_path, [entry(CYST, 0.9), entry(nowhere, 0.5)])
    cyst, nodule = (instance["answers"][0] for instance in record["instances"])
    assert (cyst["dice"], nodule["dice"]) == (1, 0)
    assert nodule["empty"]
    assert nodule["predicted_iou"] is None
    assert record["unmatched"] == [{"predicted_iou": 0.5, "mask": mask_to_rle(nowhere)["counts"]}]


def test_two_predictions_of_one_object_count_once(tmp_path):
    (record,) = evaluated(tmp_path, [entry(CYST & (np.arange(SIZE_HW[1]) < 40)), entry(CYST), entry(NODULE)])
    assert [instance["answers"][0]["dice"] for instance in record["instances"]] == [1, 1]
    assert len(record["unmatched"]) == 1


def test_images_without_predictions_count(tmp_path):
    records = evaluated(tmp_path, [entry(CYST, 0.9), entry(NODULE, 0.9)], images=2)
    assert [i["answers"][0]["dice"] for record in records for i in record["instances"]] == [1, 1, 0, 0]


@pytest.mark.parametrize("segmentation", [{"size": [5, 5], "counts": "0"}, mask_to_rle(np.zeros(SIZE_HW, bool))])
def test_a_mask_that_cannot_be_used_or_is_empty_fits_no_object(tmp_path, segmentation):
    (record,) = evaluated(tmp_path, [{**entry(CYST), "segmentation": segmentation}, entry(NODULE, 0.9)])
    assert [instance["answers"][0]["dice"] for instance in record["instances"]] == [0, 1]
    assert len(record["unmatched"]) == 1
    assert record["skipped"][0]["what"] == "prediction 1 of 2 for image 1 (1.png)"
    assert "It counts as an empty mask" in record["skipped"][0]["reason"]


def test_predictions_for_other_images_are_told(tmp_path):
    folder = make_folder(tmp_path / "data", images=1)
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps([entry(CYST, image_id="1")]))
    with pytest.raises(InputError, match=r"ids such as \[1\].*ids such as \['1'\]"):
        evaluate_predictions(path, read_folders([folder])[0][0], tmp_path / "run")
    path.write_text(json.dumps([entry(CYST), entry(CYST, image_id=99), entry(CYST, image_id=99)]))
    summary = evaluate_predictions(path, read_folders([folder])[0][0], tmp_path / "run")
    assert [e["what"] for _, e in summary.left_out()] == ["2 predictions for image 99"]


def test_where_an_annotation_is_unusable_nothing_is_a_false_alarm(tmp_path):
    folder = make_folder(tmp_path / "data", images=2)
    edit(folder, lambda document: document["annotations"][0].update(iscrowd=1))
    (tmp_path / "p.json").write_text(json.dumps([entry(CYST), entry(NODULE), entry(CYST, image_id=2)]))
    summary = evaluate_predictions(tmp_path / "p.json", read_folders([folder])[0][0], tmp_path / "run")
    (dataset,) = summary.datasets
    assert dataset.instances == 3
    assert dataset.detection.predictions == 1
    assert dataset.detection.precision == 1


def test_what_a_detector_ranks_by_is_no_predicted_iou(tmp_path):
    folder = make_folder(tmp_path / "data", images=1)
    (tmp_path / "p.json").write_text(json.dumps([entry(CYST, 7.5), entry(NODULE, -3)]))
    summary = evaluate_predictions(tmp_path / "p.json", read_folders([folder])[0][0], tmp_path / "run")
    result = summary.datasets[0].results[0]
    assert "predicted_iou" not in result.estimates
    assert result.calibration_error is None


def test_the_average_precision_knows_false_alarms(tmp_path):
    evaluated(tmp_path, [entry(CYST, 0.5), entry(NODULE, 0.4), entry(ellipse(120, 90, 5, 4), 0.9)])
    settings = json.loads((tmp_path / "run" / "run.json").read_text())
    settings["protocols"] = {"automatic": "without a prompt"}
    (tmp_path / "run" / "run.json").write_text(json.dumps(settings))
    (dataset,) = summarise(tmp_path / "run", resamples=50).datasets
    assert dataset.detection.predictions == 3
    assert (dataset.detection.precision, dataset.detection.recall) == (pytest.approx(2 / 3), 1)
    # The alarm stands first: precision 1/2 at recall 1/2, 2/3 at recall 1.
    assert dataset.results[0].average_precision["AP50"] == pytest.approx(2 / 3, abs=0.01)


def test_predictions_on_an_image_without_objects_are_false_alarms(tmp_path):
    folder = make_folder(tmp_path / "data", images=2)
    edit(folder, lambda document: document.update(annotations=document["annotations"][:2]))
    (tmp_path / "predictions.json").write_text(json.dumps([entry(CYST), entry(NODULE), entry(CYST, image_id=2)]))
    ((read,), _) = read_folders([folder])
    summary = evaluate_predictions(tmp_path / "predictions.json", read, tmp_path / "run")
    (dataset,) = summary.datasets
    assert dataset.instances == 2
    assert dataset.detection == Detection(3, pytest.approx(2 / 3), 1, pytest.approx(4 / 5), pytest.approx(4 / 5))
    assert summary.complete
    assert "| made | 2 | 3 | 0.667 | 1.000 | 0.800 | 0.800 |" in (tmp_path / "run" / "summary.md").read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read"),
        ("[{", "damaged"),
        ("3", "Expected a list of COCO results"),
        ('[{"image_id": 1}]', "image_id and segmentation in entry 0"),
        ('[{"image_id": [1], "segmentation": {}}]', "image_id and segmentation in entry 0"),
        ('[{"image_id": 1, "segmentation": {}, "score": "high"}]', "finite number as score in entry 0"),
        ('[{"image_id": 1, "segmentation": {}, "score": null}]', "finite number as score in entry 0"),
        ('[{"image_id": 1, "segmentation": {}, "score": NaN}]', "finite number as score in entry 0"),
        (f'[{{"image_id": 1, "segmentation": {{}}, "score": 1{"0" * 400}}}]', "finite number as score in entry 0"),
        ("[" * 100_000, "damaged"),
    ],
)
def test_bad_files_are_told(tmp_path, text, message):
    path = tmp_path / "predictions.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message):
        PredictedSets.read(path)
