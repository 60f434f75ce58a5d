"""Where chunks of tasks are converted: here, in processes of this machine, or on Ray."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import groupby
from typing import TypeAlias

from ultrasam.corpus.preparing.converting import Converter, Task
from ultrasam.corpus.preparing.options import Options
from ultrasam.corpus.preparing.record import Record

Chunk: TypeAlias = Sequence[Task]
#: Samples of single pictures that go to a worker at once.
_CHUNK = 16
#: Chunks that wait for each worker: enough that none is idle, few enough that memory does not grow with the data.
_AHEAD = 3


def chunks(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Tasks in portions; samples of one file stay together, so that it is opened once."""
    portion: list[Task] = []
    for _, same in groupby(tasks, key=lambda task: task.sample.source):
        portion += same
        if len(portion) >= _CHUNK:
            yield portion
            portion = []
    if portion:
        yield portion


def convert_here(portions: Iterable[Chunk], converter: Converter, workers: int) -> Iterator[list[Record]]:
    """Convert portions in their order, in this process or in several of this machine."""
    if workers == 1:
        yield from map(converter, portions)
        return
    # Fresh processes: a fork of one with threads (a progress bar, BLAS) may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: deque[Future[list[Record]]] = deque()
        try:
            for portion in portions:
                waiting.append(pool.submit(converter, portion))
                if len(waiting) >= workers * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def converted_records(portions: Iterable[Chunk], converter: Converter, options: Options) -> Iterator[list[Record]]:
    """Convert portions by the engine that was chosen; records come in the order of the tasks."""
    if options.engine == "ray":
        from ultrasam.corpus.preparing.on_ray import convert_on_ray

        return convert_on_ray(portions, converter, options.workers)
    return convert_here(portions, converter, options.workers)
