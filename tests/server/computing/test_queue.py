import gc
import threading
import weakref

import pytest

from ultrasam.server.computing import ModelQueue, Place, Priority
from ultrasam.server.computing.queue import PATIENCE_S
from ultrasam.server.refusals import Busy

PERSON, CLIENT, AHEAD = Priority
#: Longer than anything here takes; ends a test that would hang.
LONG_S = 30


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Gate:
    """Work that holds the model's thread until it is opened."""

    def __init__(self):
        self.has_started, self.opened = threading.Event(), threading.Event()

    def __call__(self):
        self.has_started.set()
        assert self.opened.wait(LONG_S)
        return "gate"


class Queue(ModelQueue):
    """A queue that a gate holds, so that jobs gather behind it."""

    def __init__(self, **options):
        self.clock = Clock()
        super().__init__(clock=self.clock, **options)
        self.done = []
        self.gate = Gate()
        self.held = self.submit("gate", self.gate, PERSON, kind="gate")
        assert self.gate.has_started.wait(LONG_S)

    def add(self, key, priority=PERSON, kind="encoding"):
        return self.submit(key, lambda: self.done.append(key) or key, priority, kind=kind)

    def go(self, *jobs):
        """Open the gate and give the order in which all was done."""
        self.gate.opened.set()
        last = self.submit("last", lambda: None, AHEAD)
        for job in (*jobs, last):
            job.wait(LONG_S)
        return self.done


@pytest.fixture
def make():
    made = []

    def call(**options):
        made.append(Queue(**options))
        return made[-1]

    yield call
    for queue in made:
        queue.gate.opened.set()
        queue.close()


def test_a_job_gives_what_its_work_gives(make):
    queue = make()
    job = queue.add("a")
    assert not job.is_done
    queue.gate.opened.set()
    assert job.wait(LONG_S) == "a"
    assert job.is_done
    assert job.place() == Place(0, 0.0)


def test_who_waits_before_the_page_goes_first_and_each_in_turn(make):
    queue = make()
    jobs = [queue.add("c1", CLIENT), queue.add("p1"), queue.add("c2", CLIENT), queue.add("p2")]
    assert queue.go(*jobs) == ["p1", "p2", "c1", "c2"]


def test_what_is_done_ahead_goes_last_the_newest_first(make):
    queue = make()
    jobs = [queue.add(f"a{i}", AHEAD) for i in range(3)] + [queue.add("c", CLIENT)]
    queue.gate.opened.set()
    for job in jobs:
        job.wait(LONG_S)
    assert queue.done == ["c", "a2", "a1", "a0"]


def test_only_some_are_done_ahead_and_the_oldest_are_dropped(make):
    queue = make(max_ahead=2)
    old, *kept = [queue.add(f"a{i}", AHEAD) for i in range(3)]
    with pytest.raises(Busy, match="Nobody asked"):
        old.wait(0)
    again = queue.add("a0")  # asked for again it is a new job
    assert again is not old
    queue.gate.opened.set()
    for job in (*kept, again):
        job.wait(LONG_S)
    assert queue.done == ["a0", "a2", "a1"]


def test_who_asks_for_the_same_shares_the_job_and_makes_it_urgent(make):
    queue = make()
    ahead = queue.add("same", AHEAD)
    others = [queue.add("c", CLIENT), queue.add("b", AHEAD)]
    assert queue.add("same", PERSON) is ahead
    assert queue.add("same", AHEAD).priority is PERSON
    assert queue.add("gate") is queue.held  # also while it is running
    assert queue.go(ahead, *others) == ["same", "c", "b"]


def test_what_is_done_is_done_anew(make):
    queue = make()
    first = queue.add("a")
    assert queue.go(first) == ["a"]
    assert queue.add("a").wait(LONG_S) == "a"
    assert queue.done == ["a", "a"]


def test_a_failure_reaches_all_who_wait_and_nobody_else(make):
    queue = make()

    def fails():
        raise ValueError("no such frame")

    job = queue.submit("bad", fails, PERSON)
    assert queue.submit("bad", fails, PERSON) is job
    good = queue.add("good")
    queue.gate.opened.set()
    for _ in range(2):
        with pytest.raises(ValueError, match="no such frame"):
            job.wait(LONG_S)
    assert good.wait(LONG_S) == "good"


def test_a_timeout_of_the_work_is_told_from_one_of_the_waiting(make):
    queue = make()

    def fails():
        raise TimeoutError("of the disk")

    job = queue.submit("slow disk", fails, PERSON)
    with pytest.raises(TimeoutError, match="not done yet"):
        job.wait(0)
    queue.gate.opened.set()
    with pytest.raises(TimeoutError, match="of the disk"):
        job.wait(LONG_S)


def test_a_full_queue_says_how_long_it_is(make):
    queue = make(max_waiting=2)
    jobs = [queue.add("a"), queue.add("b", CLIENT)]
    ahead = queue.add("c", AHEAD)  # does not count
    with pytest.raises(Busy, match="3 requests are before this one") as refused:
        queue.add("d")
    assert refused.value.more == {"position": 3, "seconds": 3.0}
    assert queue.add("a") is jobs[0]  # what is there already may be asked for
    assert queue.add("e", AHEAD)
    queue.go(*jobs, ahead)
    assert queue.add("d").wait(LONG_S) == "d"


def test_places_and_times(make):
    queue = make()
    jobs = [queue.add("c", CLIENT), queue.add("a", AHEAD), queue.add("p")]
    # Nothing is known yet: a second each. The gate is running.
    assert [job.place().position for job in (queue.held, jobs[2], jobs[0], jobs[1])] == [0, 1, 2, 3]
    assert [job.place().seconds for job in (queue.held, jobs[2], jobs[0], jobs[1])] == [1, 2, 3, 4]
    assert queue.load() == Place(3, 3.0)
    queue.clock.now += 0.75
    assert queue.held.place() == Place(0, 0.25)
    queue.clock.now += 7.0  # it takes longer than expected: we do not know how long
    assert queue.held.place() == Place(0, 0.0)
    assert queue.load() == Place(3, 2.0)


def test_times_follow_what_jobs_took(make):
    queue = make()

    def takes(seconds):
        def work():
            queue.clock.now += seconds

        return work

    queue.gate.opened.set()
    queue.submit("first", takes(4.0), PERSON, kind="encoding").wait(LONG_S)
    queue.submit("second", takes(2.0), PERSON, kind="encoding").wait(LONG_S)
    queue.submit("third", takes(0.5), PERSON, kind="decoding").wait(LONG_S)
    gate = Gate()
    queue.submit("gate 2", gate, PERSON, kind="decoding")
    assert gate.has_started.wait(LONG_S)
    encoding, decoding = queue.add("a"), queue.add("b", kind="decoding")
    # 4 and then 0.3 of the way to 2.
    assert encoding.place().seconds == pytest.approx(0.5 + 3.4)
    assert decoding.place().seconds == pytest.approx(0.5 + 3.4 + 0.5)
    gate.opened.set()
    decoding.wait(LONG_S)


def test_what_nobody_waits_for_any_more_is_left_for_later(make):
    queue = make(max_waiting=2, max_ahead=1)
    left = [queue.add("left 1"), queue.add("left 2")]
    waits = threading.Thread(target=lambda: left[0].wait(LONG_S))
    waits.start()
    while not left[0].waiters:
        pass
    queue.clock.now += PATIENCE_S + 1
    assert [job.place().position for job in left] == [1, 2]
    now = queue.add("now")  # there is room again, and the second one is behind it
    assert [job.place().position for job in (left[0], now, left[1])] == [1, 2, 3]
    newer = queue.add("newer", AHEAD)
    with pytest.raises(Busy, match="Nobody asked"):
        left[1].wait(LONG_S)
    queue.gate.opened.set()
    newer.wait(LONG_S)
    waits.join(LONG_S)
    assert queue.done == ["left 1", "now", "newer"]


def test_closing_tells_all_who_wait_and_ends_the_thread(make):
    queue = make()
    waiting = queue.add("a")
    queue.close(timeout=0)  # the gate cannot be stopped
    for job in (waiting, queue.held):
        with pytest.raises(Busy, match="being closed"):
            job.wait(LONG_S)
    with pytest.raises(Busy, match="being closed"):
        queue.add("b")
    queue.gate.opened.set()
    queue.close()
    assert not queue._thread.is_alive()
    assert queue.done == []


def test_a_job_lets_go_of_what_it_worked_on(make):
    class Pixels:
        pass

    queue = make()
    pixels = Pixels()
    gone = weakref.ref(pixels)
    job = queue.submit("a", lambda held=pixels: bool(held), PERSON)
    del pixels
    queue.gate.opened.set()
    assert job.wait(LONG_S)
    queue.add("b").wait(LONG_S)
    gc.collect()
    assert gone() is None


def test_many_threads_share_few_jobs_and_the_work_never_overlaps(make):
    queue = make(max_waiting=1000)
    inside, most, lock = 0, 0, threading.Lock()
    ran = []

    def work(key):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        ran.append(key)
        with lock:
            inside -= 1
        return key

    found = []

    def ask(thread):
        for i in range(20):
            key = (thread * i) % 7
            found.append(queue.submit(key, lambda key=key: work(key), Priority(i % 3)).wait(LONG_S) == key)

    threads = [threading.Thread(target=ask, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    queue.gate.opened.set()
    for thread in threads:
        thread.join(LONG_S)
    assert found == [True] * 160
    assert most == 1
    assert len(ran) <= 160
