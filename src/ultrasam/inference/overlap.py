"""Work of several kinds at once: what comes next is read, and what is done is written, while the network computes.

Each has one thread, and at most a few results wait between two of them, so that memory does not grow with their number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")

#: Results that wait at most. One is enough for steady work; two even out files of different sizes.
WAITING = 2


class _End:
    """Says that nothing more comes."""


_END: Final = _End()


def ahead(source: Generator[Item, None, None], *, waiting: int = WAITING) -> Generator[Item, None, None]:
    """What a generator gives, made by a thread of its own while the caller is at work.

    Closing it, or an error, ends the thread and closes the generator. An error of the generator is raised where its
    next value would have come.

    Args:
        source: runs in the thread, one value after the other.
        waiting: how many values it may be ahead, at least 1.
    """
    reader = ThreadPoolExecutor(1, thread_name_prefix="ultrasam-ahead")
    try:
        coming = deque(reader.submit(next, source, _END) for _ in range(waiting))
        while not isinstance(item := coming.popleft().result(), _End):
            coming.append(reader.submit(next, source, _END))
            yield item
    finally:
        reader.shutdown(cancel_futures=True)
        source.close()


def behind(
    source: Iterator[Item], use: Callable[[Item], Done], *, waiting: int = WAITING
) -> Generator[tuple[Item, Done], None, None]:
    """Use what comes in a thread of its own, one after the other, while the next is made.

    Whatever has come is used, even if this is closed, or ``source`` raises or is interrupted, before it is given back.

    Args:
        source: runs in the caller's thread.
        use: called with each item.
        waiting: how many items may wait for their turn, at least 1.

    Yields:
        Each item with what ``use`` made of it, in order.
    """
    writer = ThreadPoolExecutor(1, thread_name_prefix="ultrasam-behind")
    pending: deque[tuple[Item, Future[Done]]] = deque()

    def used() -> tuple[Item, Done]:
        item, future = pending[0]
        done = future.result()
        pending.popleft()
        return item, done

    try:
        try:
            for item in source:
                pending.append((item, writer.submit(use, item)))
                while len(pending) > waiting or (pending and pending[0][1].done()):
                    yield used()
        except KeyboardInterrupt:
            while pending:
                yield used()
            raise
        while pending:
            yield used()
    finally:
        writer.shutdown()
