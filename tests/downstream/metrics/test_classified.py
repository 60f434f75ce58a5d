import numpy as np
import pytest

from ultrasam.downstream.metrics.classified import Classified
from ultrasam.errors import InputError


def test_decisions():
    one = Classified.of([[0.2, 0.5, 0.3], [0.4, 0.3, 0.3]], [1, 2])
    assert one.decided.tolist() == [[False, True, False], [True, False, False]]
    many = Classified.of([[0.2, 0.5], [0.6, 0.7], [0.1, 0.1]], np.array([[0, 1], [1, 0], [0, 0]], bool))
    assert many.decided.tolist() == [[False, True], [True, True], [False, False]]


def test_confidence_is_of_the_decision():
    sure, right = Classified.of([[0.2, 0.5, 0.3], [0.4, 0.3, 0.3]], [1, 2]).confidences
    assert sure.tolist() == [[0.5], [0.4]]
    assert right.tolist() == [[True], [False]]
    sure, right = Classified.of([[0.25, 0.75]], np.array([[True, True]])).confidences
    assert sure.tolist() == [[0.75, 0.75]]
    assert right.tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("probabilities", "truths", "message"),
    [
        (np.zeros((0, 2)), [], "at least one image"),
        ([0.5, 0.5], [0, 1], "at least one image"),
        ([[0.5, 0.5]], [0, 1], "N truths"),
        ([[0.5, np.nan]], [0], "from 0 to 1"),
        ([[2.0, -1.0]], [0], "softmax or sigmoid"),
        ([[0.5, 0.5]], [2], r"classes from 0 to 1, but got \[2\]"),
        ([[0.5, 0.5]], np.zeros((1, 3), bool), "a truth for each"),
    ],
)
def test_what_is_no_classification_is_told(probabilities, truths, message):
    with pytest.raises(InputError, match=message):
        Classified.of(probabilities, truths)


def test_odds_of_two_classes_rank_where_probabilities_have_become_equal():
    tiny = np.array([[1.0, 1e-20], [1.0, 1e-30], [0.0, 1.0], [0.0, 0.0]])
    np.testing.assert_allclose(Classified.of(tiny, [0, 0, 1, 1]).scores[:, 0], [1e20, 1e30, 0.0, 1.0])
