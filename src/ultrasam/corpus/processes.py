"""The same function over many portions of work, in several processes, with memory that does not grow with the work."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
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
        InputError: there is not one worker at least.
    """
    if workers < 1:
        raise InputError(f"Expected at least one worker, but got {workers}.")
    if workers == 1:
        yield from map(function, portions)
        return
    # Fresh processes: a fork of one with threads (a progress bar, BLAS) may hang.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting: deque[Future[Answer]] = deque()
        try:
            for portion in portions:
                waiting.append(pool.submit(function, portion))
                if len(waiting) >= workers * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
