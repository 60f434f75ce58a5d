"""The numbers of a summary against plain means over the records themselves."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.made_data import make_folder
from tests.evaluation.runs import NAMES, made_run
from ultrasam.errors import InputError
from ultrasam.evaluation.records import RecordFile
from ultrasam.evaluation.results import write_results, write_summary_json
from ultrasam.evaluation.run import record_file
from ultrasam.evaluation.settings import read_settings, write_settings
from ultrasam.evaluation.summarising import summarise
from ultrasam.evaluation.summary import SIZES


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    root = tmp_path_factory.mktemp("summary")
    folders = [make_folder(root / name, images=images, name=name) for name, images in (("large", 5), ("small", 2))]
    made_run(root / "run", *folders)
    return root / "run"


@pytest.fixture(scope="module")
def summary(out):
    return summarise(out, resamples=200)


def scores(out, dataset, protocol, step=1, metric="dice"):
    return [
        (record, instance, answer[metric])
        for record in record_file(out, dataset)
        for instance in record["instances"]
        for answer in instance["answers"]
        if (answer["protocol"], answer["step"]) == (protocol, step)
    ]


def test_counts(summary):
    large, small = summary.datasets
    assert (large.name, large.images, large.instances, large.patients) == ("large", 5, 10, 3)
    assert (small.name, small.images, small.instances, small.patients) == ("small", 2, 4, 1)
    assert large.categories == {"cyst": 5, "nodule": 5}
    assert summary.complete
    assert summary.protocols() == list(NAMES)
    assert [(r.step, r.steps) for r in large.results if r.protocol == "clicks-3"] == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("metric", ["dice", "iou", "hd95_px", "assd_px", "nsd_px", "boundary_iou", "predicted_iou"])
@pytest.mark.parametrize(("protocol", "step"), [("box", 1), ("clicks-3", 2)])
def test_means(out, summary, metric, protocol, step):
    result = summary.datasets[0].result(protocol, step)
    found = scores(out, "large", protocol, step, metric)
    assert result.estimates[metric].mean == pytest.approx(np.mean([value for *_, value in found]))
    assert result.estimates[metric].low <= result.estimates[metric].mean <= result.estimates[metric].high
    for by, means in (("image_id", result.image_means), ("patient", result.patient_means)):
        groups = {record[by] for record, *_ in found}
        expected = np.mean([np.mean([v for r, _, v in found if r[by] == group]) for group in groups])
        assert means[metric] == pytest.approx(expected)


def test_groups(out, summary):
    result = summary.datasets[0].result("box")
    found = scores(out, "large", "box")
    for category in ("cyst", "nodule"):
        of_category = [value for _, instance, value in found if instance["category"] == category]
        assert result.categories[category].mean == pytest.approx(np.mean(of_category))
        assert result.categories[category].count == 5
    # The nodule covers 7 % of the image, the cyst 9 %.
    assert {name: estimate.count for name, estimate in result.sizes.items()} == {"5 to 20 %": 10}
    assert [name for name, _ in SIZES][2] == "5 to 20 %"


def test_nothing_is_calibrated_so_nothing_is_in_mm(summary):
    assert not any(name.endswith("_mm") for name in summary.datasets[0].result("box").estimates)


def test_over_all_sets(out, summary):
    (overall,) = [result for result in summary.overall if result.protocol == "box"]
    large, small = ([v for *_, v in scores(out, name, "box")] for name in ("large", "small"))
    assert overall.macro["dice"].mean == pytest.approx((np.mean(large) + np.mean(small)) / 2)
    assert overall.pooled["dice"].mean == pytest.approx(np.mean(large + small))
    assert overall.pooled["dice"].count == 14


def test_clicks_and_reliability(out, summary):
    last = summary.datasets[0].result("clicks-3")
    assert [click.threshold for click in last.clicks] == [0.8, 0.85, 0.9, 0.95]
    reached = np.array([[v for *_, v in scores(out, "large", "clicks-3", step)] for step in (1, 2, 3)])
    assert last.clicks[0].failures == pytest.approx(np.mean((reached < 0.8).all(axis=0)))
    assert summary.datasets[0].result("clicks-3", 1).clicks == ()
    assert sum(bin_.count for bin_ in last.reliability) == 10
    assert 0 <= last.calibration_error <= 1


def test_average_precision_is_of_the_last_step(summary):
    assert summary.datasets[0].result("clicks-3", 1).average_precision == {}
    assert set(summary.datasets[0].result("clicks-3").average_precision) == {"AP", "AP50", "AP75", "AR"}


def test_examples_are_the_best_the_median_and_the_worst(out, summary):
    values = sorted(value for *_, value in scores(out, "large", "box"))
    examples = [example for example in summary.datasets[0].examples if example.protocol == "box"]
    assert [(e.rank, e.dice) for e in examples] == [("best", values[-1]), ("median", values[5]), ("worst", values[0])]
    assert {e.protocol for e in summary.datasets[0].examples} == {"point-interior", "box"}


def test_an_unfinished_run_says_so(out, tmp_path):
    write_settings(tmp_path, read_settings(out))
    records = record_file(tmp_path, "large")
    records.append(next(iter(record_file(out, "large"))))
    summary = summarise(tmp_path, resamples=20)
    assert not summary.complete
    assert [dataset.instances for dataset in summary.datasets] == [2]


def test_a_run_without_an_object_is_told(out, tmp_path):
    write_settings(tmp_path, read_settings(out))
    with pytest.raises(InputError, match="at least one evaluated object"):
        summarise(tmp_path)


def test_one_patient_alone_has_no_interval(summary):
    estimate = summary.datasets[1].result("box").estimates["dice"]
    assert np.isnan([estimate.low, estimate.high]).all()
    assert estimate.mean == estimate.mean


def test_files_for_machines(out, summary):
    write_results(out)
    write_summary_json(summary, out)
    results = json.loads((out / "results.json").read_text())
    assert results["run"] == read_settings(out).as_dict()
    assert len(results["instances"]) == 14
    first = results["instances"][0]
    assert {"dataset", "image", "patient", "category", "annotation_id", "area_px"} <= set(first)
    assert {"protocol", "step", "prompt", "predicted_iou", "dice", "hd95_px"} <= set(first["answers"][0])
    assert "mask" not in first["answers"][0]
    again = json.loads((out / "summary.json").read_text(), parse_constant=pytest.fail)
    assert again["datasets"][1]["results"][0]["estimates"]["dice"]["low"] is None


def test_a_whole_set_that_failed_is_left_out_but_listed(out, tmp_path):
    settings = read_settings(out)
    write_settings(tmp_path, replace(settings, data=settings.data[:2]))
    for record in record_file(out, "large"):
        record_file(tmp_path, "large").append(record)
    failed = {"image_id": 1, "patient": None, "instances": [], "seconds": {}, "size_hw": [9, 9], "image": "1.png"}
    failed |= {"failed": True, "incomplete": False}
    RecordFile(tmp_path / "records" / "small.jsonl").append(
        {**failed, "skipped": [{"what": "image 1", "reason": "broken"}]}
    )
    summary = summarise(tmp_path, resamples=20)
    assert [dataset.name for dataset in summary.datasets] == ["large"]
    assert summary.left_out() == [("small", {"what": "image 1", "reason": "broken"})]
    write_results(tmp_path)
    skipped = json.loads((tmp_path / "results.json").read_text())["skipped"]
    assert skipped == [{"dataset": "small", "what": "image 1", "reason": "broken"}]
