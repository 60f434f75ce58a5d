"""Bars over files, a training run's steps, and images; into a log, lines."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from ultrasam.cli.terminal import err

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from ultrasam.training.callbacks.history import Progress


class FileProgress:
    """The bar over the frames of all files; how many a file has, it tells when it is read."""

    def __init__(self, bar: Bar, doing: str, files: int) -> None:
        """Begin at nothing, with a frame for each file.

        Args:
            bar: shows it.
            doing: the bar's word: ``"Segmenting"``.
            files: how many there are.
        """
        self._bar = bar
        self._task = bar.add_task(doing, total=files)

    def plan(self, frames: int) -> None:
        """A file has so many frames."""
        self._bar.update(self._task, total=(self._bar.tasks[self._task].total or 0) + frames - 1)

    def advance(self) -> None:
        """A frame, or a file that cannot be read, is done."""
        self._bar.advance(self._task)


class StepProgress:
    """The bar over all steps; into a log a line every minute, and one for each validation."""

    _SECONDS_BETWEEN_LINES = 60

    def __init__(self, bar: Bar, steps: int, validation: tuple[str, str] = ("val/dice", "validation Dice")) -> None:
        """Begin at nothing.

        Args:
            bar: shows it.
            steps: of the run.
            validation: the value of a validation that is shown, and what it is called.
        """
        self._bar = bar
        self._steps = steps
        self._value, self._title = validation
        self._task: TaskID | None = None
        self._told = monotonic()

    def __call__(self, progress: Progress) -> None:
        """A step is done."""
        if self._task is None:
            self._task = self._bar.add_task("Training", total=self._steps)
        loss, value = progress.values.get("loss"), progress.values.get(self._value)
        parts = [] if loss is None else [f"loss {loss:.3f}"]
        parts += [] if value is None else [f"{self._title} {value:.3f}"]
        parts += [f"{progress.images_per_second:.1f} images/s"] if progress.images_per_second else []
        text = ", ".join(parts)
        self._bar.update(self._task, completed=progress.step, description=f"Training: {text}" if text else "Training")
        is_due = progress.validated or monotonic() - self._told > self._SECONDS_BETWEEN_LINES
        if not err.is_terminal and text and is_due:
            self._told = monotonic()
            err.print(f"step {progress.step} of {self._steps}: {text}", markup=False)


class ImageCount:
    """The bar over images of which each is treated once; into a log a line every 500."""

    _IMAGES_BETWEEN_LINES = 500

    def __init__(self, bar: Bar, doing: str, done: str) -> None:
        """Begin at nothing.

        Args:
            bar: shows it.
            doing: the bar's words: ``"Embedding images"``.
            done: the lines' last words: ``"images embedded"``.
        """
        self._bar = bar
        self._doing, self._done = doing, done
        self._task: TaskID | None = None

    def __call__(self, done: int, of: int) -> None:
        """``done`` images ``of`` all are treated."""
        if self._task is None:
            self._task = self._bar.add_task(self._doing, total=of)
        self._bar.update(self._task, completed=done)
        if not err.is_terminal and (done == of or done % self._IMAGES_BETWEEN_LINES == 0):
            err.print(f"{done} of {of} {self._done}", markup=False)
