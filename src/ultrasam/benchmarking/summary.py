"""Many times to few numbers: medians over rounds, spread, order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ultrasam.benchmarking.agreement import Agreement
from ultrasam.benchmarking.combinations import REFERENCE, Combination
from ultrasam.benchmarking.job import Measured
from ultrasam.benchmarking.running import Outcome


@dataclass(frozen=True)
class Figure:
    """A time over all rounds.

    Attributes:
        median: of the rounds' medians, in seconds.
        low: the smallest of the rounds' medians; of a single round, its smallest time.
        high: the largest, likewise.
    """

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: Iterable[Sequence[float]]) -> Figure:
        """From the times of each round.

        Example:
            >>> Figure.of([[1.0, 2.0, 9.0], [3.0], [4.0]])
            Figure(median=3.0, low=2.0, high=4.0)
        """
        taken = [times for times in rounds if times]
        medians = [median(times) for times in taken]
        shown = medians if len(taken) > 1 else taken[0]
        return cls(median(medians), min(shown), max(shown))

    @property
    def spread(self) -> float:
        """Half the range as a share of the median."""
        return (self.high - self.low) / 2 / self.median if self.median else 0.0


@dataclass(frozen=True)
class Row:
    """What one combination costs.

    Attributes:
        combination: which.
        embed_s: one image from pixels to its embedding.
        whole_s: one image and one box, from pixels to the mask.
        prompts_s: by the number of prompts asked at once: all of them, from the boxes to the masks.
        first_ready_s: to the first mask where nothing was made before, from the call of ``load``; None where that was
            not tried.
        ready_s: to the first mask where all was made before.
        load_s: of ``load`` alone, where all was made before.
        peak_bytes: of main memory; None where the system does not tell.
        gpu_peak_bytes: of the GPU's memory; None without a GPU.
        times_reference: how many times quicker than the reference it is, by ``whole_s``.
        embed_times_reference: likewise, by ``embed_s``.
        agreement: with the reference.
        failure: why it was given up after some rounds; None where it was not.
        by_auto: whether ``backend="auto"`` takes this backend for this precision.
    """

    combination: Combination
    embed_s: Figure
    whole_s: Figure
    prompts_s: dict[int, Figure]
    first_ready_s: float | None
    ready_s: float
    load_s: float
    peak_bytes: int | None
    gpu_peak_bytes: int | None
    times_reference: float | None
    embed_times_reference: float | None
    agreement: Agreement | None
    failure: str | None
    by_auto: bool


def rows(
    outcomes: Iterable[Outcome], by_auto: Callable[[Combination], bool], *, fresh_graphs: bool = True
) -> list[Row]:
    """The combinations that were measured, the quickest first; the ratio is to torch fp32.

    Args:
        outcomes: of all combinations.
        by_auto: whether ``backend="auto"`` takes a combination for its precision.
        fresh_graphs: whether the first process of each had to make its graphs.
    """
    measured = [outcome for outcome in outcomes if outcome.rounds]
    reference = next((_times(outcome) for outcome in measured if outcome.combination == REFERENCE), None)
    made = [_row(outcome, reference, by_auto(outcome.combination), fresh_graphs) for outcome in measured]
    return sorted(made, key=lambda row: row.whole_s.median)


def failures(outcomes: Iterable[Outcome]) -> list[tuple[str, str]]:
    """The name of each combination of which there is no figure, with the reason."""
    return [
        (outcome.combination.name, outcome.failure or "stopped before its turn")
        for outcome in outcomes
        if not outcome.rounds
    ]


def _times(outcome: Outcome) -> tuple[Figure, Figure]:
    embed_s = Figure.of(measured.embed_s for measured in outcome.rounds)
    return embed_s, Figure.of(measured.whole_s for measured in outcome.rounds)


def _row(outcome: Outcome, reference: tuple[Figure, Figure] | None, by_auto: bool, fresh_graphs: bool) -> Row:
    embed_s, whole_s = _times(outcome)
    counts = [count for count, _ in outcome.rounds[0].prompts_s]
    return Row(
        combination=outcome.combination,
        embed_s=embed_s,
        whole_s=whole_s,
        prompts_s={n: Figure.of(dict(measured.prompts_s)[n] for measured in outcome.rounds) for n in counts},
        first_ready_s=outcome.first.first_mask_s if outcome.first and fresh_graphs else None,
        ready_s=median(measured.first_mask_s for measured in outcome.rounds),
        load_s=median(measured.load_s for measured in outcome.rounds),
        peak_bytes=_largest(outcome.rounds, lambda measured: measured.peak_bytes),
        gpu_peak_bytes=_largest(outcome.rounds, lambda measured: measured.gpu_peak_bytes),
        times_reference=None if reference is None else reference[1].median / whole_s.median,
        embed_times_reference=None if reference is None else reference[0].median / embed_s.median,
        agreement=outcome.agreement,
        failure=outcome.failure,
        by_auto=by_auto,
    )


def _largest(rounds: Iterable[Measured], of: Callable[[Measured], int | None]) -> int | None:
    return max((size for measured in rounds if (size := of(measured)) is not None), default=None)
