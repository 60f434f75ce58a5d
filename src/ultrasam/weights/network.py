"""From a name or a file to a network that is ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from os import PathLike
from typing import Any

from torch import nn
from torch.overrides import TorchFunctionMode

from ultrasam.errors import InputError, WeightsError
from ultrasam.modeling.finetuned import FinetunedSam
from ultrasam.modeling.sam import Sam
from ultrasam.weights.checkpoint import Checkpoint, read_checkpoint
from ultrasam.weights.locate import resolve
from ultrasam.weights.registry import DEFAULT, PIPELINES, Pipeline, find_entry


def load_network(
    name_or_path: str | PathLike[str] = DEFAULT, *, pipeline: Pipeline | None = None
) -> tuple[Sam, Checkpoint]:
    """Build the network of some weights and fill it; every key must fit.

    Args:
        name_or_path: a name of the registry, a file, or a Hugging Face folder.
        pipeline: overrides how pixels and prompts are prepared. MedSAM files need ``"medsam"`` unless their
            hash is that of the published file, as their keys are those of SAM.

    Returns:
        the network, float32 on the CPU in evaluation mode, and the checkpoint that it was filled from. It is a
        :class:`~ultrasam.modeling.finetuned.FinetunedSam` where the checkpoint has a task. The checkpoint's
        ``state_dict`` is the network's own, in the same memory: training the network changes it, too.

    Raises:
        WeightsError: no such weights, a named file that is not the published one, or tensors that do not fit.
        InputError: no such pipeline.
    """
    if pipeline not in (None, *PIPELINES):
        raise InputError(f"Expected one of the pipelines {', '.join(PIPELINES)}, but got {pipeline!r}.")
    path = resolve(name_or_path)
    checkpoint = read_checkpoint(path)
    entry = find_entry(name_or_path)
    if entry and entry.sha256 not in (None, checkpoint.sha256):
        raise WeightsError(
            f"Expected the published file of {entry.name} at {path}, but its SHA-256 is {checkpoint.sha256}: "
            "remove it and get it again, or give your own file by its path."
        )
    with _Unfilled():
        task = checkpoint.task
        network = Sam(checkpoint.config) if task is None else FinetunedSam(checkpoint.config, task.head)
    own, given = network.state_dict(), checkpoint.state_dict
    shared = own.keys() & given.keys()
    misshapen = {key for key in shared if own[key].shape != given[key].shape}
    # Quantised values would be taken as if they were weights.
    quantised = {key for key in shared if own[key].is_floating_point() and not given[key].is_floating_point()}
    fitting = {
        key: tensor.to(own[key].dtype) if key in shared else tensor
        for key, tensor in given.items()
        if key not in misshapen | quantised
    }
    unfit = network.load_state_dict(fitting, strict=False, assign=True)
    problems = [
        *_named("missing", own.keys() - shared),
        *_named("unexpected", unfit.unexpected_keys),
        *_named("of another shape", misshapen),
        *_named("of integers", quantised),
    ]
    if problems:
        raise WeightsError(
            f"Expected weights in {path.name} that fit the network of their keys, but {'; '.join(problems)}."
        )
    checkpoint = replace(checkpoint, pipeline=pipeline or checkpoint.pipeline, state_dict=dict(network.state_dict()))
    return network.eval(), checkpoint


class _Unfilled(TorchFunctionMode):
    """Builds modules without their first random weights, so that their memory is never touched.

    The meta device would do without memory, too, but to draw normal values there PyTorch imports its compiler,
    which takes longer than to load MobileSAM.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        # Initialisers fill in place; modules do not use what they return.
        is_initialiser = getattr(func, "__module__", None) == nn.init.__name__
        return None if is_initialiser else func(*args, **(kwargs or {}))


def _named(problem: str, keys: Iterable[str]) -> list[str]:
    ordered = sorted(keys)
    if not ordered:
        return []
    more = ", …" if len(ordered) > 3 else ""
    return [f"{len(ordered)} {problem} ({', '.join(ordered[:3])}{more})"]
