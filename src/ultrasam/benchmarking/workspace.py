"""The folder in which questions lie as files, and what processes make and answer."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from ultrasam.benchmarking.agreement import Answers
from ultrasam.benchmarking.combinations import Combination
from ultrasam.benchmarking.job import Job, Measured
from ultrasam.benchmarking.launching import run_process
from ultrasam.benchmarking.questions import Questions
from ultrasam.cache import cache_dir


@contextmanager
def workspace(questions: Questions) -> Iterator[Workspace]:
    """A folder for graphs and answers, removed at the end; in the user's cache, as main memory may be what /tmp is."""
    parent = cache_dir("benchmarks")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=parent))
    except OSError:
        folder = Path(tempfile.mkdtemp())
    try:
        yield Workspace(questions, folder.absolute())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            parent.rmdir()


class Workspace:
    """Questions as files, for processes to read; and their answers.

    Args:
        questions: what every combination is asked.
        folder: an empty one.
    """

    def __init__(self, questions: Questions, folder: Path) -> None:
        self._questions = questions
        self._folder = folder
        for number, pixels in enumerate(questions.images):
            np.save(self._image(number), pixels, allow_pickle=False)

    def ask(self, combination: Combination, *, runs: int) -> Measured | str:
        """What a new process measured, or why it could not; without runs it leaves its answers for comparison."""
        questions, place = self._questions, self._place(combination)
        job = Job(
            combination=combination,
            weights=questions.weights,
            device=questions.device,
            input_size=questions.input_size,
            pipeline=questions.pipeline,
            images=tuple(str(self._image(number)) for number in range(len(questions.images))),
            boxes=questions.boxes,
            prompt_counts=questions.prompt_counts,
            runs=runs,
            answers=None if runs else str(place / "answers.npz"),
        )
        job.write(place / "job.json")
        answer = place / "measured.json"
        answer.unlink(missing_ok=True)
        failure = run_process(place / "job.json", answer, cache=place / "cache" if questions.fresh_graphs else None)
        return Measured.read(answer) if failure is None else failure

    def answers(self, combination: Combination) -> Answers:
        """What a combination said when it was asked without runs."""
        return Answers.read(self._place(combination) / "answers.npz")

    def _image(self, number: int) -> Path:
        return self._folder / f"image_{number}.npy"

    def _place(self, combination: Combination) -> Path:
        """A combination's folder, with a cache in which nothing is that another one has made."""
        place = self._folder / combination.name.replace(", ", "_").replace(" ", "_")
        if not place.exists():
            place.mkdir()
            _link_caches(place / "cache")
        return place


def _link_caches(cache: Path) -> None:
    """A cache with what the user's has (weights), but without graphs, which the first turn is to make."""
    cache.mkdir()
    own = cache_dir("graphs").parent
    for kind in own.iterdir() if own.is_dir() else ():
        if kind.name not in ("graphs", "benchmarks"):
            with suppress(OSError):
                (cache / kind.name).symlink_to(kind.absolute(), target_is_directory=True)
