"""The queue before the model: one thread runs it, those who are waited for first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ultrasam.server.computing.job import Job, Place, Priority
from ultrasam.server.computing.timing import Timing
from ultrasam.server.refusals import Busy, being_closed

T = TypeVar("T")

#: Jobs that are done ahead and wait; of more, the oldest are dropped.
MAX_AHEAD = 8
#: Seconds after which a job that nobody waits for, and nobody asked for again, counts as one done ahead.
PATIENCE_S = 10.0
#: Seconds that closing waits for the running job.
CLOSING_S = 5.0


class ModelQueue:
    """Runs jobs in one thread, so that the model and its memory are used once at a time.

    Args:
        max_waiting: jobs that may wait, those done ahead not counted.
        max_ahead: jobs done ahead that may wait.
        clock: seconds; another one for tests.
    """

    def __init__(
        self, max_waiting: int = 64, *, max_ahead: int = MAX_AHEAD, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_waiting = max_waiting
        self._max_ahead = max_ahead
        self._clock = clock
        self._timing = Timing()
        self._changed = threading.Condition()
        self._jobs: dict[Hashable, Job[Any]] = {}
        self._running: Job[Any] | None = None
        self._started_at = 0.0
        self._number = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

    def submit(self, key: Hashable, work: Callable[[], T], priority: Priority, *, kind: str = "") -> Job[T]:
        """Have something done; who asks for what somebody asked for before shares its job, and may make it urgent.

        Args:
            key: equal for equal work.
            work: runs in the model's thread.
            priority: who waits.
            kind: jobs of one kind take about equally long; estimates hang on it.

        Raises:
            Busy: too many jobs wait, or the queue is closed.
        """
        with self._changed:
            if self._is_closed:
                raise being_closed()
            now = self._clock()
            job = self._running if self._running and self._running.key == key else self._jobs.get(key)
            if job is not None:
                job.priority = min(job.priority, priority)
                job.asked_at = now
                return job
            if priority is not Priority.AHEAD:
                self._refuse_if_full()
            self._number += 1
            job = Job(self, key, work, kind=kind, priority=priority, number=self._number, asked_at=now)
            self._jobs[key] = job
            self._drop_too_many_ahead()
            self._changed.notify_all()
            return job

    def load(self) -> Place:
        """Where a job would be that was submitted now, without the time that it takes itself."""
        with self._changed:
            before = [job for job in self._in_order() if self._urgency(job) < Priority.AHEAD]
            return Place(len(before) + (self._running is not None), self._seconds(before))

    def place_of(self, job: Job[Any]) -> Place:
        """Where a job is."""
        with self._changed:
            order = self._in_order()
            if job not in order:
                return Place(0, self._rest() if job is self._running else 0.0)
            index = order.index(job)
            return Place(index + (self._running is not None), self._seconds(order[: index + 1]))

    @contextmanager
    def waiting_for(self, job: Job[Any]) -> Iterator[None]:
        """Somebody waits for a job meanwhile, which is then not dropped."""
        with self._changed:
            job.waiters += 1
        try:
            yield
        finally:
            with self._changed:
                job.waiters -= 1
                job.asked_at = self._clock()

    def close(self, timeout: float = CLOSING_S) -> None:
        """Tell all who wait that it is over, and end the thread. Twice is as good as once.

        Args:
            timeout: seconds to wait for the running job, which cannot be stopped; its result is thrown away.
        """
        with self._changed:
            self._is_closed = True
            for job in list(self._jobs.values()):
                self._drop(job, being_closed())
            if self._running is not None:
                self._running.future.set_exception(being_closed())
                self._running = None
            self._changed.notify_all()
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._is_closed:
                    self._changed.wait()
                if self._is_closed:
                    return
                job = self._in_order()[0]
                del self._jobs[job.key]
                self._running, self._started_at = job, self._clock()
            self._do(job)

    def _do(self, job: Job[Any]) -> None:
        result, failure = None, None
        try:
            result = job.work()
        except Exception as error:  # whoever waits is told, and the thread goes on
            failure = error
        # What the work holds on to, such as pixels, goes with it.
        job.work = _nothing
        with self._changed:
            # Nobody shares a job that is over: it is asked for anew, or found where its result is kept.
            self._running = None
            if job.future.done():
                return
            if failure is None:
                self._timing.note(job.kind, self._clock() - self._started_at)
                job.future.set_result(result)
            else:
                job.future.set_exception(failure)

    def _urgency(self, job: Job[Any]) -> Priority:
        """The priority, as long as somebody waits for it, or asks again and again."""
        is_wanted = job.waiters or self._clock() - job.asked_at <= PATIENCE_S
        return job.priority if is_wanted else Priority.AHEAD

    def _in_order(self) -> list[Job[Any]]:
        """Waiting jobs, the next first."""
        ahead = Priority.AHEAD
        ranked = [(self._urgency(job), job) for job in self._jobs.values()]
        ranked.sort(key=lambda pair: (pair[0], -pair[1].number if pair[0] == ahead else pair[1].number))
        return [job for _, job in ranked]

    def _refuse_if_full(self) -> None:
        wanted = [job for job in self._in_order() if self._urgency(job) < Priority.AHEAD]
        if len(wanted) >= self._max_waiting:
            position, seconds = len(wanted) + (self._running is not None), self._seconds(wanted)
            raise Busy(
                f"The model is busy: {position} requests are before this one, which takes about {seconds:.0f} seconds. "
                "Try again then.",
                position,
                seconds,
            )

    def _drop_too_many_ahead(self) -> None:
        ahead = [job for job in self._in_order() if self._urgency(job) == Priority.AHEAD]
        for job in ahead[self._max_ahead :]:
            self._drop(job, Busy("Nobody asked for this any more, so that it was not done. Ask again.", 0, 0.0))

    def _drop(self, job: Job[Any], reason: Busy) -> None:
        del self._jobs[job.key]
        job.work = _nothing
        job.future.set_exception(reason)

    def _rest(self) -> float:
        """Seconds that the running job still takes."""
        if self._running is None:
            return 0.0
        return max(self._timing.seconds(self._running.kind) - (self._clock() - self._started_at), 0.0)

    def _seconds(self, jobs: list[Job[Any]]) -> float:
        """Seconds until the running job and these are done."""
        return self._rest() + sum(self._timing.seconds(job.kind) for job in jobs)


def _nothing() -> None:
    return None
