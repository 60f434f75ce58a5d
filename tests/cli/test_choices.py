import torch

from ultrasam.backends import BACKENDS, PRECISIONS
from ultrasam.cli.choices import Backend, Dtype, PipelineName, Precision
from ultrasam.weights.registry import PIPELINES


def test_the_choices_are_those_of_the_rooms():
    assert [choice.value for choice in PipelineName] == list(PIPELINES)
    assert [choice.value for choice in Backend] == [*BACKENDS, "auto"]
    assert [choice.value for choice in Precision] == list(PRECISIONS)


def test_number_formats_are_those_of_tensors():
    assert all(getattr(torch, choice.value).is_floating_point for choice in Dtype)
