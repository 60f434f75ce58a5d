"""Which engine serves: what is asked for, checked, or the quickest that is installed."""

from __future__ import annotations

import torch

from ultrasam.backends.checking import Backend, check_names, runs_on_cpu_alone, settled
from ultrasam.backends.engine import Engine
from ultrasam.backends.names import Precision
from ultrasam.errors import InputError


def choose(
    backend: Backend = "torch", precision: Precision = "fp32", device: str = "auto", *, compiled: bool = False
) -> Engine:
    """The engine that some words stand for.

    Args:
        backend: ``"auto"`` is the quickest that is installed and has the precision; on a GPU PyTorch.
        precision: of the numbers.
        device: ``"auto"``: the GPU where there is one, and the CPU for what runs on that alone.
        compiled: have PyTorch compile the network.

    Raises:
        InputError: no such backend, precision or device, or a combination that does not exist.
        MissingExtraError: the backend is not installed.
    """
    check_names(backend, precision)
    on_cpu = device == "auto" and runs_on_cpu_alone(backend, precision)
    target = torch.device("cpu") if on_cpu else _device(device)
    return Engine(settled(backend, precision, target.type, compiled=compiled), precision, target, compiled)


def _device(name: str) -> torch.device:
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).cpu()
    # Torch asserts that it was built with CUDA, and imports what it needs for rarer devices.
    except (RuntimeError, AssertionError, ImportError) as error:
        raise InputError(
            f'Expected a device that is here ("cpu", "auto"; see ultrasam doctor), but got {name!r}.'
        ) from error
    return device
