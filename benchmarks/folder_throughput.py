"""A folder of images: files read ahead and written behind, beside the same work one after the other.

python -m benchmarks.folder_throughput CORPUS [CORPUS …] [--images 200] [--rounds 2] [--input-size N]

Both ways take turns over the same images, each with a box around its first object, with the bundled model and the
default outputs of ``ultrasam segment``. Busy is the share of the time in which the network encodes or decodes.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ultrasam.allocation import keep_freed_memory

keep_freed_memory()

import torch  # noqa: E402

import ultrasam  # noqa: E402
from ultrasam.corpus import CocoFolder  # noqa: E402
from ultrasam.imaging import read  # noqa: E402
from ultrasam.imaging.tight_box import tight_box  # noqa: E402
from ultrasam.inference.batch import FileFailure, FileTask, FrameResult, segment_files  # noqa: E402
from ultrasam.inference.outputs import OutputFolder, OutputFormat  # noqa: E402
from ultrasam.inference.prompt_file import FramePrompt  # noqa: E402
from ultrasam.inference.segmenter import Segmenter  # noqa: E402
from ultrasam.types import Prompts  # noqa: E402

WARM_UP = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--input-size", type=int)
    arguments = parser.parse_args()
    tasks = tasks_of(arguments.corpora, arguments.images)
    model = ultrasam.load(input_size=arguments.input_size)
    clock = Clock()
    for name in ("encode_image", "decode"):
        clock.watch(model.network, name)
    ways: dict[str, Callable[[], None]] = {
        "one after the other": lambda: one_after_the_other(model, tasks, clock),
        "overlapping": lambda: overlapping(model, tasks),
    }
    one_after_the_other(model, tasks[:WARM_UP], clock)
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    spent: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(arguments.rounds):
        for way, run in ways.items():
            clock.spent.clear()
            start = time.perf_counter()
            run()
            seconds[way].append(time.perf_counter() - start)
            spent[way].append(dict(clock.spent))
    report(len(tasks), model.input_size, seconds, spent)


def tasks_of(corpora: list[Path], count: int) -> list[FileTask]:
    """Images from all data sets in equal parts, spread over each."""
    each = -(-count // len(corpora))
    tasks = []
    for corpus in corpora:
        images = [image for image in CocoFolder.read(corpus).images if image.instances]
        for image in images[:: max(len(images) // each, 1)][:each]:
            box = tight_box(image.instances[0].mask())
            tasks.append(FileTask(image.path, (FramePrompt(Prompts(box_xyxy=box)),)))
    return tasks[:count]


class Clock:
    """Adds up the seconds that named calls take."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **named: Any) -> Any:
            start = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - start

        return watched

    def watch(self, owner: Any, name: str) -> None:
        setattr(owner, name, self.timed(name, getattr(owner, name)))


def one_after_the_other(model: Segmenter, tasks: list[FileTask], clock: Clock) -> None:
    """The plain loop over the same functions."""

    def prepared(task: FileTask) -> Any:
        with read(task.path) as image:
            return image, model.prepare(image.frame(0))

    with tempfile.TemporaryDirectory() as place:
        folder = folder_for(model, tasks, Path(place))
        reading, writing = clock.timed("read", prepared), clock.timed("write", folder.add)
        for task in tasks:
            image, ready = reading(task)
            answers = model.embed(ready).segment_batch([one.prompts for one in task.prompts])
            writing(FrameResult(task.path, image, ready.frame, (1,), tuple(answers), 1))
        folder.close()


def overlapping(model: Segmenter, tasks: list[FileTask]) -> None:
    """As ``ultrasam segment`` does it."""
    with tempfile.TemporaryDirectory() as place:
        folder = folder_for(model, tasks, Path(place))
        results: Iterator[FrameResult | FileFailure] = segment_files(model, tasks)
        for written in folder.add_each(results):
            if written.failures:
                raise SystemExit(str(written.failures))
        folder.close()


def folder_for(model: Segmenter, tasks: list[FileTask], place: Path) -> OutputFolder:
    return OutputFolder(place, [OutputFormat.PNG, OutputFormat.OVERLAY], [task.path for task in tasks], model)


def report(
    images: int, input_size: int, seconds: dict[str, list[float]], spent: dict[str, list[dict[str, float]]]
) -> None:
    rounds = len(next(iter(seconds.values())))
    print(f"{images} images, input size {input_size}, torch {torch.__version__}, {torch.get_num_threads()} threads,")
    print(f"medians of {rounds} rounds; milliseconds per image\n")
    print("| | images/s | in all | read | encode | decode | write | busy |\n|---|---|---|---|---|---|---|---|")
    for way, walls in seconds.items():
        wall = statistics.median(walls)
        parts = {
            name: statistics.median([one.get(name, 0.0) for one in spent[way]])
            for name in ("read", "encode_image", "decode", "write")
        }
        busy = (parts["encode_image"] + parts["decode"]) / wall
        cells = [f"{1000 * part / images:.0f}" if part else "meanwhile" for part in parts.values()]
        print(f"| {way} | {images / wall:.2f} | {1000 * wall / images:.0f} | {' | '.join(cells)} | {busy:.0%} |")


if __name__ == "__main__":
    main()
