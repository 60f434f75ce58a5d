"""The weights that are exported, checked for what every format needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from typing import TypeAlias

from torch import Tensor

from ultrasam.errors import InputError
from ultrasam.modeling.finetuned import HEAD_PREFIX
from ultrasam.modeling.sam import Sam
from ultrasam.weights import Checkpoint, Pipeline, load_network
from ultrasam.weights.input_size import MAX_INPUT_SIZE, STEP, is_input_size

#: Is told what is done next, in a few words.
Progress: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Source:
    """A network and all that is known of it.

    Attributes:
        network: float32 on the CPU, in evaluation mode.
        checkpoint: that it was filled from.
        input_size: side in pixels of the square input that it is exported for.
        notes: what will not be in the export, in sentences.
    """

    network: Sam
    checkpoint: Checkpoint
    input_size: int
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the weights are called."""
        return self.checkpoint.metadata.get("title", "Weights without a name")

    @property
    def licence(self) -> str:
        """What the weights' publisher allows."""
        return self.checkpoint.metadata.get("licence", "unknown")

    @property
    def state_dict(self) -> dict[str, Tensor]:
        """What answers prompts, without a fine-tuned network's head."""
        tensors = self.checkpoint.state_dict
        return {key: tensor for key, tensor in tensors.items() if not key.startswith(HEAD_PREFIX)}


def load_source(
    weights: str | PathLike[str], *, pipeline: Pipeline | None = None, input_size: int | None = None
) -> Source:
    """Load weights to export them.

    Args:
        weights: a name of ``ultrasam weights list``, a file, or a Hugging Face folder.
        pipeline: overrides how pixels and prompts are prepared.
        input_size: side of the network's input in pixels, a multiple of 64; None: what the weights were trained at.

    Raises:
        WeightsError: no such weights, or a file that cannot be read.
        InputError: no such input size, or weights that were changed for a task and answer no prompts.
    """
    if input_size is not None and not is_input_size(input_size):
        raise InputError(
            f"Expected an input size that is a multiple of {STEP} from {STEP} to {MAX_INPUT_SIZE}, "
            f"but got {input_size}."
        )
    network, checkpoint = load_network(weights, pipeline=pipeline)
    notes: list[str] = []
    if checkpoint.task is not None:
        if not checkpoint.task.promptable:
            raise InputError(
                "Expected weights that answer prompts, but these were changed for their task "
                f"({checkpoint.task.kind}), and no format but ultrasam's own holds the head that answers it: export "
                "the weights that they were made from, or use  ultrasam.load()."
            )
        notes.append(
            f"The head that answers the task ({checkpoint.task.kind} of {', '.join(checkpoint.task.classes)}) is not "
            "in the export: it answers prompts only."
        )
    return Source(network, checkpoint, input_size or checkpoint.input_size, tuple(notes))
