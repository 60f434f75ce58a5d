"""What a run has come to, for whoever called it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrasam.training.callbacks import KeepBest, Stop
from ultrasam.training.run_folder import WEIGHTS


@dataclass(frozen=True)
class TrainingResult:
    """What a run has come to.

    Attributes:
        folder: of the run.
        step: optimiser steps done.
        steps: of how many at most.
        stopped: why it ended before it was complete, so that the same call goes on; None where it is complete.
        interrupted: whether it was told to end, by Ctrl-C or SIGTERM.
        best: validation values of the best weights so far, empty before the first validation.
        best_step: the step that they are from.
        weights: the file of the best weights; None before the first validation.
        ended_early: whether it is complete before its last step, as validations had become no better for a while.
    """

    folder: Path
    step: int
    steps: int
    stopped: str | None
    interrupted: bool
    best: dict[str, float]
    best_step: int | None
    weights: Path | None
    ended_early: bool = False

    @classmethod
    def of(
        cls,
        folder: Path,
        step: int,
        steps: int,
        best: dict[str, Any],
        stop: Stop | None = None,
        *,
        ended_early: bool = False,
    ) -> TrainingResult:
        """Put together.

        Args:
            folder: of the run.
            step: optimiser steps done.
            steps: of how many at most.
            best: state of the run's :class:`KeepBest`.
            stop: what may have ended it; None where nothing was to be done.
            ended_early: see above.
        """
        # A run that was told to end in its last step is complete.
        stopped = None if stop is None or step >= steps or ended_early else stop.reason
        weights = folder / WEIGHTS
        return cls(
            folder=folder,
            step=step,
            steps=steps,
            stopped=stopped,
            interrupted=stopped is not None and stop is not None and stop.was_told,
            best=best["values"],
            best_step=best["best_step"],
            weights=weights if weights.is_file() else None,
            ended_early=ended_early,
        )


def state_of_best(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """What the best weights were when a checkpoint was written."""
    state: dict[str, Any] = checkpoint["callbacks"][KeepBest.__qualname__]
    return state
