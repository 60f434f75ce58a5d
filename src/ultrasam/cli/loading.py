"""The options of a model to the model, for all commands that need one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ultrasam.cli.choices import Backend, PipelineName, Precision
    from ultrasam.inference.segmenter import Segmenter


def check_model(
    name: str | None, *, device: str, backend: Backend, precision: Precision, input_size: int | None
) -> None:
    """Raise what :func:`load_model` would, as far as it is known before weights, and mostly before PyTorch, are loaded.

    Raises:
        WeightsError: there are no such weights, or their file is no weights file.
        InputError: the device is not here, or what was asked for cannot be combined.
        MissingExtraError: the backend is not installed.
    """
    from ultrasam.backends import check_choice
    from ultrasam.weights import DEFAULT, check_weights
    from ultrasam.weights.input_size import check_input_size

    check_choice(backend.value, precision.value, device)
    check_weights(name or DEFAULT)
    if input_size is not None:
        check_input_size(input_size)


def load_model(
    name: str | None,
    *,
    pipeline: PipelineName | None,
    device: str,
    backend: Backend,
    precision: Precision,
    compiled: bool,
    input_size: int | None,
    cache: bool = False,
) -> Segmenter:
    """Load by the words of the command line; the model inside the package where none is named."""
    from ultrasam.inference.loading import load
    from ultrasam.weights import DEFAULT

    # Graphs take seconds to make, and people wonder what is going on.
    logging.getLogger("ultrasam.backends").setLevel(logging.INFO)
    return load(
        name or DEFAULT,
        device=device,
        backend=backend.value,
        precision=precision.value,
        compiled=compiled,
        input_size=input_size,
        pipeline=None if pipeline is None else pipeline.value,
        cache=cache,
    )
