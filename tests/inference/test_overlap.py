import threading

import pytest

from ultrasam.inference.overlap import ahead, behind


def threads():
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("ultrasam-")}


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert threads() == set()


class Source:
    """Counts how far it was read, and says where it ran and whether it was closed."""

    def __init__(self, count, error_at=None):
        self.read, self.closed, self.ran_in = 0, False, set()
        self.count, self.error_at = count, error_at
        self.reached = threading.Condition()

    def __iter__(self):
        try:
            for number in range(self.count):
                self.ran_in.add(threading.current_thread())
                if number == self.error_at:
                    raise OSError("unreadable")
                with self.reached:
                    self.read = number + 1
                    self.reached.notify_all()
                yield number
        finally:
            self.closed = True

    def wait_for(self, count):
        with self.reached:
            assert self.reached.wait_for(lambda: self.read >= count, timeout=30)


def test_ahead_gives_all_in_order_from_another_thread():
    source = Source(20)
    assert list(ahead(iter(source))) == list(range(20))
    assert threading.current_thread() not in source.ran_in
    assert list(ahead(iter(Source(0)))) == []


@pytest.mark.parametrize("waiting", [1, 3])
def test_ahead_is_ahead_but_not_farther_than_it_may(waiting):
    source = Source(20)
    generator = iter(source)
    coming = ahead(generator, waiting=waiting)
    assert source.read == 0, "nothing runs before the first value is asked for"
    for number in range(10):
        assert next(coming) == number
        source.wait_for(number + 1 + waiting)
        assert source.read == number + 1 + waiting
    coming.close()
    assert source.closed, "by closing, not only because nobody refers to it any more"
    assert source.read <= 10 + waiting
    del generator


def test_an_error_of_the_source_comes_in_its_place():
    source = Source(5, error_at=2)
    coming = ahead(iter(source))
    assert [next(coming), next(coming)] == [0, 1]
    with pytest.raises(OSError, match="unreadable"):
        next(coming)
    assert list(coming) == []


def test_closing_waits_for_the_value_that_is_being_made():
    begun, go = threading.Event(), threading.Event()
    closed = []

    def source():
        try:
            yield 0
            begun.set()
            assert go.wait(timeout=30)
            yield 1
        finally:
            closed.append(True)

    coming = ahead(source())
    assert next(coming) == 0
    assert begun.wait(timeout=30)
    later = threading.Timer(0.05, go.set)
    later.start()
    coming.close()
    assert go.is_set()
    assert closed == [True]
    later.join()


def test_an_error_of_the_caller_ends_the_source():
    source = Source(100)

    def consume():
        for number in ahead(iter(source)):
            if number == 1:
                raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        consume()
    assert source.closed
    assert source.read <= 4


def test_behind_uses_all_in_order_in_another_thread():
    used = []

    def use(item):
        used.append((item, threading.current_thread()))
        return -item

    assert list(behind(iter(range(1, 20)), use)) == [(number, -number) for number in range(1, 20)]
    assert [item for item, _ in used] == list(range(1, 20))
    assert len({thread for _, thread in used} | {threading.current_thread()}) == 2


@pytest.mark.parametrize("waiting", [1, 3])
def test_behind_lets_only_a_few_wait(waiting):
    free, made = threading.Event(), []

    def source():
        for number in range(20):
            made.append(number)
            if len(made) == waiting + 1:
                free.set()  # only now: were more to wait for their turn, this would never come
            yield number

    def use(item):
        assert free.wait(timeout=30)
        assert len(made) <= item + waiting + 2
        return item

    assert [done for _, done in behind(source(), use, waiting=waiting)] == list(range(20))


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_what_was_made_before_an_error_is_used(error):
    used, given = [], []

    def source():
        yield from range(3)
        raise error

    def consume():
        for item, _ in behind(source(), used.append):
            given.append(item)

    with pytest.raises(error):
        consume()
    assert used == [0, 1, 2]
    if error is KeyboardInterrupt:
        assert given == [0, 1, 2], "what was written before the user's Ctrl-C is told"


def test_what_was_made_before_it_is_closed_is_used():
    used, turn = [], threading.Event()

    def use(item):
        if item:
            assert turn.wait(timeout=30)
        used.append(item)

    results = behind(iter(range(9)), use)
    assert next(results)[0] == 0
    waiting = threading.Thread(target=turn.set)
    waiting.start()
    results.close()
    waiting.join()
    assert used == list(range(len(used))), "in order, without a gap"


def test_an_error_while_using_is_raised():
    def use(item):
        if item == 1:
            raise OSError("disk full")

    results = behind(iter(range(9)), use)
    assert next(results)[0] == 0
    with pytest.raises(OSError, match="disk full"):
        list(results)
