from __future__ import annotations

import pytest

from ultrasam.errors import InputError
from ultrasam.modeling.heads.config import HeadConfig, Task

POOLED = HeadConfig("pooled", 2)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "panoptic"}, "one of pooled, prompted, semantic, instance, but got 'panoptic'"),
        ({"pooling": "max"}, "one of average, attention, but got 'max'"),
        ({"outputs": 0}, "outputs of at least 1, but got 0"),
        ({"outputs": True}, "outputs of at least 1, but got True"),
        ({"queries": 1.5}, "queries of at least 1, but got 1.5"),
        ({"dropout": 1.0}, "dropout from 0 to below 1, but got 1.0"),
        ({"kind": "instance", "width": 48}, "multiple of 32, but got 48"),
    ],
)
def test_a_head_that_cannot_be_is_said(options, said):
    with pytest.raises(InputError, match=said):
        HeadConfig(**{"kind": "pooled", "outputs": 2, **options})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "detection"}, "one of classification, regression, semantic, instance"),
        ({"kind": "semantic"}, "head for semantic one of semantic, but got 'pooled'"),
        ({"classes": ("cyst",)}, "each of the head's 2 outputs"),
        ({"classes": ("cyst", "cyst")}, "different names"),
        ({"kind": "regression", "several": True, "means": (0, 0), "scales": (1, 1)}, "in a classification only"),
        ({"kind": "regression"}, "Expected 2 means and scales.*got 0 and 0"),
        ({"means": (0.0, 0.0), "scales": (1.0, 1.0)}, "Expected 0 means and scales"),
        ({"kind": "regression", "means": (0.0, 0.0), "scales": (1.0, 0.0)}, "positive scales"),
        ({"kind": "regression", "means": (0.0, float("nan")), "scales": (1.0, 1.0)}, "finite means"),
    ],
)
def test_a_task_whose_parts_do_not_fit_is_said(options, said):
    with pytest.raises(InputError, match=said):
        Task(**{"kind": "classification", "classes": ("benign", "malignant"), "head": POOLED, **options})


def test_a_value_may_be_asked_of_a_prompted_object():
    task = Task("regression", ("diameter",), HeadConfig("prompted", 1), means=(20.0,), scales=(4.0,))
    assert not task.several
    assert not task.promptable
