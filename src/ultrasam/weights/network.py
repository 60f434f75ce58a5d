"""From a name or a file to a network that is ready to run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from os import PathLike

from ultrasam.errors import InputError, WeightsError
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
        the network, float32 on the CPU in evaluation mode, and the checkpoint that it was filled from.

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
    if pipeline is not None:
        checkpoint = replace(checkpoint, pipeline=pipeline)
    network = Sam(checkpoint.config)
    own, given = network.state_dict(), checkpoint.state_dict
    shared = own.keys() & given.keys()
    misshapen = {key for key in shared if own[key].shape != given[key].shape}
    # Quantised values would be copied as if they were weights.
    quantised = {key for key in shared if own[key].is_floating_point() and not given[key].is_floating_point()}
    problems = [
        *_named("missing", own.keys() - shared),
        *_named("unexpected", given.keys() - shared),
        *_named("of another shape", misshapen),
        *_named("of integers", quantised),
    ]
    if problems:
        raise WeightsError(
            f"Expected weights in {path.name} that fit the network of their keys, but {'; '.join(problems)}."
        )
    network.load_state_dict(given, strict=True)
    return network.eval(), checkpoint


def _named(problem: str, keys: Iterable[str]) -> list[str]:
    ordered = sorted(keys)
    if not ordered:
        return []
    more = ", …" if len(ordered) > 3 else ""
    return [f"{len(ordered)} {problem} ({', '.join(ordered[:3])}{more})"]
