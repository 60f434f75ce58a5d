"""Runs in numbers, made up, so that every report has something to say about everything."""

from __future__ import annotations

import re

import numpy as np

from ultrasam.evaluation.comparison import Comparison, PairTest
from ultrasam.evaluation.examples import Example
from ultrasam.evaluation.metrics.calibration import ReliabilityBin
from ultrasam.evaluation.metrics.clicks import ClickSummary
from ultrasam.evaluation.settings import DataFacts, ModelFacts, Settings
from ultrasam.evaluation.statistics.bootstrap import Estimate
from ultrasam.evaluation.summary import (
    SIZES,
    DatasetSummary,
    Distribution,
    OverallResult,
    ProtocolResult,
    Summary,
)
from ultrasam.imaging import mask_to_rle

PROTOCOLS = {
    "point-interior": "one point, the farthest from the outline",
    "point-centre": "one point at the centre of mass",
    "box": "the exact box",
    "box-shift-15": "box shifted by 15 % of its width and height",
    "point-box": "one point, the farthest from the outline, with the exact box",
    "clicks-3": "up to 3 clicks, each at the inmost point of the largest error",
}
DATASETS = {"BUS-BRA": ("benign lesion", "malignant lesion"), "MMOTU_2d": ("ovarian tumour",)}
_LEVEL = {"point": 0.6, "points": 0.7, "box": 0.9, "clicks": 0.8, "mask": 0.85, "automatic": 0.5}


def estimate(mean, half=0.02, count=100):
    return Estimate(mean, mean - half, mean + half, count)


def make_summary(
    datasets=DATASETS,
    protocols=PROTOCOLS,
    *,
    seed=0,
    name="mobile-sam",
    patients=40,
    millimetres=False,
    skipped=(),
    examples=(),
    complete=True,
    lift=0.0,
):
    rng = np.random.default_rng(seed)
    settings = Settings(
        ModelFacts(
            name, f"{name.title()} (a title)", "Apache-2.0", "SA-1B", "abcdef0123456789" * 4, "sam", 1024, "fp32"
        ),
        tuple(
            DataFacts(d, f"/data/{d}/coco.json", "0123456789abcdef" * 4, "CC BY 4.0", 120, "f" * 64) for d in datasets
        ),
        "test",
        dict(protocols),
        0,
        2.0,
        1.0,
    )
    summaries = tuple(
        DatasetSummary(
            dataset,
            "CC BY 4.0",
            110,
            1234,
            patients,
            {category: 50 + i for i, category in enumerate(categories)},
            None,
            tuple(
                result
                for protocol in protocols
                for result in make_results(protocol, categories, rng, millimetres=millimetres, lift=lift)
            ),
            tuple(skipped),
            tuple(examples),
        )
        for dataset, categories in datasets.items()
    )
    first = {(r.protocol, r.step): r for r in summaries[0].results}
    overall = tuple(
        OverallResult(
            *key,
            {
                metric: estimate(float(np.mean([r.estimates[metric].mean for r in found])), 0.01)
                for metric in first[key].estimates
            },
            {metric: estimate(found[0].estimates[metric].mean, 0.01) for metric in first[key].estimates},
        )
        for key in first
        for found in [[r for d in summaries for r in d.results if (r.protocol, r.step) == key]]
    )
    return Summary(settings, summaries, overall, {"read": 3.0, "encode": 80.0, "decode": 15.0, "score": 2.0}, complete)


def make_results(protocol, categories, rng, *, millimetres=False, lift=0.0):
    steps = int(protocol.split("-")[1].split("@")[0]) if protocol.startswith("clicks-") else 1
    level = float(np.clip(_LEVEL[re.split("[-@]", protocol)[0]] + lift + rng.normal(0, 0.04), 0.02, 0.97))
    if protocol.startswith("box-"):
        level -= 0.08
    for step in range(1, steps + 1):
        dice = level - 0.3 * (0.5 ** (step - 1)) * (steps > 1)
        spread = 0.25 * (1 - dice) + 0.02
        means = {
            "dice": dice,
            "iou": dice / (2 - dice),
            "boundary_iou": 0.7 * dice,
            "hd95_px": 60 * (1 - dice) + 2,
            "assd_px": 18 * (1 - dice),
            "nsd_px": 0.8 * dice,
            "area_error": 0.3 - 0.4 * dice,
            "predicted_iou": min(0.9, dice + 0.05),
            **({"oracle_dice": dice + 0.02} if steps == 1 else {}),
            **({"hd95_mm": 6 * (1 - dice), "assd_mm": 1.5 * (1 - dice), "nsd_mm": 0.9 * dice} if millimetres else {}),
        }
        last = step == steps
        yield ProtocolResult(
            protocol,
            step,
            steps,
            {name: estimate(mean, 0.015 if mean < 1 else 1.5) for name, mean in means.items()},
            {name: mean + 0.001 for name, mean in means.items()},
            {name: mean - 0.002 for name, mean in means.items()},
            3,
            Distribution(*np.clip(dice + spread * np.array([-3, -0.8, 0.1, 0.5, 0.8]), 0, 1).tolist()),
            {category: estimate(dice - 0.02 * i, count=50) for i, category in enumerate(categories)},
            {size: estimate(dice + 0.03 * i - 0.06, count=25) for i, (size, _) in enumerate(SIZES)},
            tuple(
                ReliabilityBin(low / 10, low / 10 + 0.1, 10 * low, low / 10 + 0.05, max(0.0, low / 10 - 0.02))
                for low in range(10)
            ),
            0.07,
            {"AP": dice - 0.1, "AP50": dice, "AP75": dice - 0.2, "AR": dice - 0.05} if last else {},
            tuple(ClickSummary(t, steps - 1 + t / 2, 0.4 * t) for t in (0.8, 0.85, 0.9, 0.95) if last and steps > 1),
        )


def make_example(path="/nowhere/patient.png", *, rank="best", protocol="point-interior", size_hw=(60, 80), **changes):
    truth, mask = np.zeros(size_hw, bool), np.zeros(size_hw, bool)
    truth[20:40, 20:60] = True
    mask[18:38, 25:66] = True
    values = {
        "category": "lesion",
        "dice": 0.876,
        "size_hw": size_hw,
        "prompt": {"points_xy": [[40.0, 30.0]], "labels": [1]},
        "mask": mask_to_rle(mask)["counts"],
        "truth": mask_to_rle(truth)["counts"],
    }
    name = str(path).rsplit("/", 1)[-1]
    return Example(rank=rank, protocol=protocol, image=name, path=str(path), **{**values, **changes})


def make_comparison(labels=("mobile-sam", "sam-b"), datasets=DATASETS, protocols=PROTOCOLS, warnings=()):
    summaries = tuple(
        make_summary(datasets, protocols, seed=i, name=label, lift=0.02 * i) for i, label in enumerate(labels)
    )
    tests = tuple(
        PairTest(d, p, 1, labels[i], labels[j], estimate(means[i] - means[j], 0.01), 37, 0.0004, 0.2 * (k % 2))
        for k, (d, p) in enumerate((d, p) for d in datasets for p in protocols)
        for means in [[s.datasets[list(datasets).index(d)].result(p).estimates["dice"].mean for s in summaries]]
        for i in range(len(labels))
        for j in range(i + 1, len(labels))
    )
    return Comparison(labels, summaries, tests, dict.fromkeys(datasets, 1200), tuple(warnings))
