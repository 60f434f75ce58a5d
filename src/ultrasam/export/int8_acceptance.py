"""Whether int8 may stand for fp32: the same questions to both, on images that neither was calibrated with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ultrasam.corpus import CocoFolder
from ultrasam.errors import InputError
from ultrasam.evaluation import compare, evaluate
from ultrasam.evaluation.answers import DIGITS
from ultrasam.evaluation.comparison import Comparison
from ultrasam.inference import Segmenter

#: By how much the mean Dice of a data set may fall.
MOST_LOSS = 0.005
#: Data sets that must have been asked about.
LEAST_SETS = 3
PROTOCOLS = ("point-centre", "box")


@dataclass(frozen=True)
class Loss:
    """One data set under one protocol.

    Attributes:
        dataset: the data set.
        protocol: what was asked.
        objects: how many were asked about.
        fp32: mean Dice.
        int8: mean Dice.
        loss: by how much the second is less; negative: it is more.
        interval: of the loss, 95 %, by bootstrap over patients; None: there are too few of them.
    """

    dataset: str
    protocol: str
    objects: int
    fp32: float
    int8: float
    loss: float
    interval: tuple[float, float] | None

    def __str__(self) -> str:
        return f"{self.dataset}, {self.protocol}: {self.fp32:.4f} to {self.int8:.4f} ({self.loss:+.4f})"

    def as_dict(self) -> dict[str, Any]:
        """As JSON values, rounded for a file."""
        values = asdict(self)
        interval = None if self.interval is None else [round(end, DIGITS) for end in self.interval]
        rounded = {name: round(value, DIGITS) for name, value in values.items() if isinstance(value, float)}
        return {**values, **rounded, "interval": interval}


def measure_losses(
    fp32: Segmenter,
    int8: Segmenter,
    folders: Sequence[CocoFolder],
    *,
    limit: int = 0,
    seed: int = 0,
    told: Callable[[str], None] | None = None,
) -> list[Loss]:
    """Ask both models the same about the same objects.

    Args:
        fp32: the model as it is.
        int8: the model with a quantised image encoder.
        folders: data sets, read with one split.
        limit: images at most per data set, a seeded choice; 0: all.
        seed: of that choice.
        told: is told what is done.

    Returns:
        One loss for each data set and protocol, over the objects that were asked about.

    Raises:
        InputError: not one object can be used.
    """

    def tell(name: str, dataset: str, done: int, of: int) -> None:
        if told is not None:
            told(f"comparing: {name}, {dataset}, image {done} of {of}")

    with TemporaryDirectory(prefix="ultrasam-int8-") as folder:
        runs = []
        for name, model in (("fp32", fp32), ("int8", int8)):
            run = Path(folder) / name
            evaluate(
                model,
                folders,
                run,
                protocols=PROTOCOLS,
                seed=seed,
                limit=limit,
                name=name,
                on_image=lambda dataset, done, of, name=name: tell(name, dataset, done, of),  # type: ignore[misc]
            )
            runs.append(run)
        return losses_of(compare(runs))


def losses_of(comparison: Comparison) -> list[Loss]:
    """The losses in a comparison of a run in fp32, the first, with one in int8."""
    losses = []
    for test in comparison.tests:
        first, second = (
            next(d for d in summary.datasets if d.name == test.dataset).result(test.protocol)
            for summary in comparison.summaries
        )
        if first is None or second is None:
            continue
        interval = None if test.pairs < 2 else (test.difference.low, test.difference.high)
        losses.append(
            Loss(
                test.dataset,
                test.protocol,
                test.difference.count,
                first.estimates["dice"].mean,
                second.estimates["dice"].mean,
                test.difference.mean,
                interval,
            )
        )
    return losses


def check_accepted(losses: Sequence[Loss]) -> None:
    """Refuse int8 where masks get worse.

    Raises:
        InputError: fewer than three data sets, or a data set whose mean Dice, over its objects and the protocols,
            falls by 0.005 or more; says all numbers.
    """
    check_enough({loss.dataset for loss in losses})
    refused = {name: mean for name, mean in mean_losses(losses).items() if not mean < MOST_LOSS}
    if refused:
        told = ", ".join(f"{name} {mean:+.4f}" for name, mean in refused.items())
        raise InputError(
            f"Expected each data set's mean Dice to fall by less than {MOST_LOSS} with int8, but it falls further: "
            f"{told}. Nothing was written: take another precision. All numbers, fp32 to int8: "
            f"{'; '.join(map(str, losses))}."
        )


def mean_losses(losses: Sequence[Loss]) -> dict[str, float]:
    """Data set to its loss, over the protocols, which all ask about the same objects."""
    names = dict.fromkeys(loss.dataset for loss in losses)
    of_sets = {name: [loss.loss for loss in losses if loss.dataset == name] for name in names}
    return {name: sum(values) / len(values) for name, values in of_sets.items()}


def check_enough(names: set[str] | Sequence[str]) -> None:
    """Refuse to judge by too few data sets.

    Raises:
        InputError: fewer than three.
    """
    if len(names) < LEAST_SETS:
        raise InputError(
            f"Expected validation parts (split val) with annotated images of at least {LEAST_SETS} data sets, to "
            f"compare int8 with fp32, but got {len(names)}{': ' if names else ''}{', '.join(sorted(names))}: give "
            "more of them by --data."
        )
