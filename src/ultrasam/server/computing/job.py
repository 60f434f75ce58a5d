"""One thing that the model is to do, and its place in the queue."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from ultrasam.server.computing.queue import ModelQueue

T = TypeVar("T")


class Priority(IntEnum):
    """Who waits; smaller goes first."""

    #: Somebody sits before the page.
    PERSON = 0
    #: A program of a client.
    CLIENT = 1
    #: Nobody yet: what will probably be asked for next. The newest goes first.
    AHEAD = 2


@dataclass(frozen=True)
class Place:
    """Where a job is.

    Attributes:
        position: jobs that are done before it, the running one included; 0: it is running or done.
        seconds: until it is done, estimated.
    """

    position: int
    seconds: float


class Job(Generic[T]):
    """A piece of work that all who ask for the same share; made by :meth:`ModelQueue.submit`.

    Attributes:
        key: equal for equal work.
        work: what to do.
        kind: of work; jobs of one kind take about equally long.
        priority: of the most urgent who asked.
        number: in the order of submission.
        asked_at: seconds of the queue's clock when somebody last asked for it.
        waiters: threads that wait for it now.
        future: its result; for those who wait in other ways than :meth:`wait`.
    """

    def __init__(
        self,
        queue: ModelQueue | None,
        key: Hashable,
        work: Callable[[], T],
        *,
        kind: str = "",
        priority: Priority = Priority.PERSON,
        number: int = 0,
        asked_at: float = 0.0,
    ) -> None:
        self.key = key
        self.work = work
        self.kind = kind
        self.priority = priority
        self.number = number
        self.asked_at = asked_at
        self.waiters = 0
        self.future: Future[T] = Future()
        self._queue = queue

    @classmethod
    def done_with(cls, key: Hashable, result: T) -> Job[T]:
        """A job that was done before it was asked for."""
        job = cls(None, key, lambda: result)
        job.future.set_result(result)
        return job

    @property
    def is_done(self) -> bool:
        """Whether it has a result, failed, or was dropped."""
        return self.future.done()

    def wait(self, timeout: float | None = None) -> T:
        """The result; what the work raised is raised here.

        Args:
            timeout: in seconds; None: as long as it takes. Without an end, the job counts as wanted all the time.

        Raises:
            TimeoutError: it is not done yet; it stays in the queue.
            Busy: it was dropped, as the queue was closed or nobody had asked for it for a while.
        """
        if self._queue is None or self.future.done():
            return self.future.result()
        with self._queue.waiting_for(self):
            try:
                return self.future.result(timeout)
            # Before Python 3.11 it is no TimeoutError.
            except FutureTimeoutError as error:
                if self.future.done():
                    raise
                raise TimeoutError("The job is not done yet.") from error

    def place(self) -> Place:
        """Its place in the queue."""
        return Place(0, 0.0) if self._queue is None else self._queue.place_of(self)
