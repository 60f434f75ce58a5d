import math

from ultrasam.cli.finetune.running import interval, number
from ultrasam.evaluation.statistics.bootstrap import Estimate


def test_what_is_not_defined_is_a_dash():
    assert number(math.nan, "+.3f") == "–"
    assert interval(Estimate(0.5, math.nan, math.nan, 1), "+.3f") == "–"


def test_numbers_have_the_form_that_is_asked_for():
    assert number(0.12345, "+.3f") == "+0.123"
    assert interval(Estimate(0.5, -0.25, 0.75, 9), "+.2f") == "-0.25 to +0.75"
