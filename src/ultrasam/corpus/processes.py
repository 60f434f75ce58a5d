"""The same function over many portions of work, in several processes, with memory that does not grow with the work."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from ultrasam.errors import InputError

Work = TypeVar("Work")
Answer = TypeVar("Answer")
#: Portions that wait for each process: enough that none is idle, few enough to hold in memory.
_AHEAD = 3


def in_order(function: Callable[[Work], Answer], portions: Iterable[Work], workers: int) -> Iterator[Answer]:
    """The answers in the order of the portions; portions are asked for when they are needed.

    Args:
        function: of a module, so that another process can import it.
        portions: should take a tenth of a second or more each.
        workers: processes; with 1 all is done in this one.

    Raises:
        InputError: there is not one worker at least, or one was ended from outside.
    """
    if workers < 1:
        raise InputError(f"Expected at least one worker, but got {workers}.")
    if workers == 1:
        yield from map(function, portions)
        return
    # Fresh processes: a fork of one with threads (a progress bar, BLAS) may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent) as pool:
        waiting: deque[Future[Answer]] = deque()
        try:
            for portion in portions:
                waiting.append(pool.submit(function, portion))
                if len(waiting) >= workers * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise InputError(
                "Expected all workers to live, but one was ended, perhaps for lack of memory: use fewer workers; the "
                "same command goes on where it stopped."
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """Let a worker end when the process that started it is gone, even if that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for_end, args=(parent.sentinel,), daemon=True).start()


def _wait_for_end(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)
