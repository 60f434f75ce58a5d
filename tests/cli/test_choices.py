from ultrasam.cli.choices import Dtype, PipelineName
from ultrasam.inference.loading import DTYPES
from ultrasam.weights.registry import PIPELINES


def test_the_choices_are_those_of_the_rooms():
    assert [choice.value for choice in PipelineName] == list(PIPELINES)
    assert [choice.value for choice in Dtype] == list(DTYPES)
