"""Where portions of tasks are converted: in processes of this machine, or on Ray."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from ultrasam.corpus.preparing.converting import Converter, Task
from ultrasam.corpus.preparing.options import Options
from ultrasam.corpus.preparing.record import Record
from ultrasam.corpus.processes import in_order

#: Samples of single pictures that go to a worker at once.
_PORTION = 16
#: Samples of one file that go to a worker at once: more than a volume has slices, fewer than a file with a whole data
#: set has frames, of which some must be done and kept before all are.
_LONGEST = 1024


def portions(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Tasks in portions; samples of one file stay together, so that it is opened once."""
    portion: list[Task] = []
    for _, same in groupby(tasks, key=lambda task: task.sample.source):
        while part := list(islice(same, _LONGEST)):
            portion += part
            if len(portion) >= _PORTION:
                yield portion
                portion = []
    if portion:
        yield portion


def converted(tasks: Iterable[Task], converter: Converter, options: Options) -> Iterator[list[Record]]:
    """Convert tasks by the engine that was chosen; records come in the order of the tasks."""
    if options.engine == "ray":
        from ultrasam.corpus.preparing.on_ray import convert_on_ray

        return convert_on_ray(portions(tasks), converter, options.workers)
    return in_order(converter, portions(tasks), options.workers)
