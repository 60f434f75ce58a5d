from __future__ import annotations

import json

import pytest

from ultrasam.errors import WeightsError
from ultrasam.modeling.heads.config import HeadConfig, Task
from ultrasam.weights.task_json import task_from_json, task_to_json

TASKS = [
    Task("classification", ("benign", "böse"), HeadConfig("prompted", 2), several=True, initial="ultrasam-tiny"),
    Task("regression", ("weight_g",), HeadConfig("pooled", 1, "attention", 0.25), means=(3.2e3,), scales=(411.5,)),
    Task("semantic", ("lumen", "wall", "plaque"), HeadConfig("semantic", 3, width=64), promptable=True),
    Task("instance", ("cyst",), HeadConfig("instance", 1, width=256, queries=50, decoder_layers=9, encoder_layers=6)),
]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.kind)
def test_what_is_written_comes_back(task):
    text = task_to_json(task)
    assert "\n" not in text
    back = task_from_json(text)
    assert back == task
    assert hash(back) == hash(task)


@pytest.mark.parametrize(
    "change",
    [
        {"newer": 1},
        {"head": {"kind": "pooled", "outputs": 2, "experts": 8}},
        {"head": {"kind": "mixture", "outputs": 2}},
        {"head": None},
        {"kind": "panoptic"},
        {"classes": "ab"},
        {"classes": [1, 2]},
        {"several": "yes"},
        {"initial": None},
    ],
)
def test_what_this_version_does_not_know_is_said(change):
    values = json.loads(task_to_json(TASKS[0])) | change
    with pytest.raises(WeightsError, match=r"a newer ultrasam may have written"):
        task_from_json(json.dumps(values))


@pytest.mark.parametrize("text", ["", "[]", "{", "3", '{"kind": "classification"}'])
def test_what_is_no_task_is_said(text):
    with pytest.raises(WeightsError, match=r"network's task as this version writes it"):
        task_from_json(text)
