"""What a head is, and what a fine-tuned network answers: all that must be known before its weights are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ultrasam.errors import InputError

#: What a fine-tuned network is asked.
TaskKind: TypeAlias = Literal["classification", "regression", "semantic", "instance"]
#: What network answers.
HeadKind: TypeAlias = Literal["pooled", "prompted", "semantic", "instance"]
#: How the cells of an embedding become one vector.
Pooling: TypeAlias = Literal["average", "attention"]

#: The heads that can answer each task.
HEADS_OF: dict[TaskKind, tuple[HeadKind, ...]] = {
    "classification": ("pooled", "prompted"),
    "regression": ("pooled", "prompted"),
    "semantic": ("semantic",),
    "instance": ("instance",),
}

#: The instance head's group normalisations have so many groups, its attention heads so many channels.
INSTANCE_WIDTH_STEP = 32


@dataclass(frozen=True)
class HeadConfig:
    """The network on top of the image encoder.

    Attributes:
        kind: ``"pooled"`` reads the pooled embedding, ``"prompted"`` the mask decoder's output tokens, ``"semantic"``
            and ``"instance"`` decode the encoder's levels to masks.
        outputs: classes or values; of masks, without the background.
        pooling: of a pooled head.
        dropout: share of the features that a pooled or prompted head drops in training.
        width: channels of a dense decoder.
        queries: most objects that an instance head finds in an image.
        decoder_layers: of an instance head's transformer decoder; its first prediction, before any layer, not counted.
        encoder_layers: of an instance head's multi-scale deformable pixel decoder.

    Raises:
        InputError: a number is out of its range, or a name is unknown.
    """

    kind: HeadKind
    outputs: int
    pooling: Pooling = "average"
    dropout: float = 0.0
    width: int = 128
    queries: int = 20
    decoder_layers: int = 3
    encoder_layers: int = 3

    def __post_init__(self) -> None:
        _one_of("head", self.kind, get_args(HeadKind))
        _one_of("pooling", self.pooling, get_args(Pooling))
        for name in ("outputs", "width", "queries", "decoder_layers", "encoder_layers"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise InputError(f"Expected a head with {name} of at least 1, but got {value!r}.")
        if not 0 <= self.dropout < 1:
            raise InputError(f"Expected a head with dropout from 0 to below 1, but got {self.dropout}.")
        if self.kind == "instance" and self.width % INSTANCE_WIDTH_STEP:
            raise InputError(
                f"Expected an instance head whose width is a multiple of {INSTANCE_WIDTH_STEP}, but got {self.width}."
            )


@dataclass(frozen=True)
class Task:
    """What a fine-tuned network answers, and how its numbers are read.

    Attributes:
        kind: what is asked.
        classes: the names of the classes, or of the values that are predicted; the background has none.
        head: the network that answers.
        several: whether an image may have any number of classes (sigmoids) instead of exactly one (softmax).
        means: of a regression, for each value: value = output * scale + mean.
        scales: see ``means``.
        promptable: whether encoder, prompt encoder and mask decoder still are those of weights that answer prompts.
        initial: the weights that were fine-tuned, a name of the registry or a file; they answer prompts where the
            own do not.

    Raises:
        InputError: the parts do not fit each other.
    """

    kind: TaskKind
    classes: tuple[str, ...]
    head: HeadConfig
    several: bool = False
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    promptable: bool = False
    initial: str = ""

    def __post_init__(self) -> None:
        _one_of("task", self.kind, get_args(TaskKind))
        _one_of(f"head for {self.kind}", self.head.kind, HEADS_OF[self.kind])
        if len(self.classes) != self.head.outputs:
            raise InputError(
                f"Expected a name for each of the head's {self.head.outputs} outputs, but got {list(self.classes)}."
            )
        if len(set(self.classes)) < len(self.classes) or not all(isinstance(name, str) for name in self.classes):
            raise InputError(f"Expected classes of different names, but got {list(self.classes)}.")
        if self.several and self.kind != "classification":
            raise InputError(f"Expected several classes at once in a classification only, but got {self.kind}.")
        expected = len(self.classes) if self.kind == "regression" else 0
        if (len(self.means), len(self.scales)) != (expected, expected):
            raise InputError(
                f"Expected {expected} means and scales, as a {self.kind} of {len(self.classes)} outputs has them, "
                f"but got {len(self.means)} and {len(self.scales)}."
            )
        if not all(math.isfinite(mean) for mean in self.means) or not all(0 < s < math.inf for s in self.scales):
            raise InputError(f"Expected finite means and positive scales, but got {self.means} and {self.scales}.")


def _one_of(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"Expected as {what} one of {', '.join(known)}, but got {value!r}.")
