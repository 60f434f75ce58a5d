import os

import pytest

from ultrasam.corpus.processes import in_order
from ultrasam.errors import InputError


def watched(numbers, taken):
    for number in numbers:
        taken.append(number)
        yield number


def test_one_worker_is_this_process():
    taken = []
    answers = in_order(lambda _: os.getpid(), watched(range(9), taken), 1)
    assert next(answers) == os.getpid()
    assert taken == [0]


def test_several_workers_answer_in_order_and_are_not_sent_all_work_at_once():
    taken = []
    answers = in_order(abs, watched(range(0, -40, -1), taken), 2)
    ahead = []
    for number, answer in enumerate(answers):
        assert answer == number
        ahead.append(len(taken) - number)
    assert len(ahead) == 40
    assert max(ahead) <= 6


def test_an_error_comes_back():
    with pytest.raises(TypeError):
        list(in_order(abs, [1, "a"], 2))


def test_there_is_a_worker():
    with pytest.raises(InputError, match="at least one worker, but got 0"):
        list(in_order(abs, [], 0))
