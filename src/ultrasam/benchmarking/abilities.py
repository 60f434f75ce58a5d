"""What this machine can do: which combinations make sense on it, and which ``backend="auto"`` takes."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ultrasam.backends import BACKENDS, choose
from ultrasam.backends.installed import is_installed, precisions_of
from ultrasam.benchmarking.combinations import Abilities, Combination
from ultrasam.benchmarking.machine import Machine
from ultrasam.errors import UltraSamError

#: Instructions that multiply bfloat16, as :mod:`ultrasam.benchmarking.machine` calls them.
_BF16 = frozenset({"AVX-512 BF16", "AMX BF16", "BF16"})


def abilities(machine: Machine, device: torch.device) -> Abilities:
    """Of a machine, for a network on a device."""
    here = [backend for backend in BACKENDS if is_installed(backend)]
    runs = {backend for backend in here if backend == "torch" or device.type == "cpu"}
    on_cuda = device.type == "cuda"
    return Abilities(
        offered={name: precisions_of(name, device.type) if name in runs else () for name in BACKENDS},
        missing=frozenset(BACKENDS) - frozenset(here),
        on_gpu=device.type != "cpu",
        native_bf16=bool(torch.cuda.is_bf16_supported()) if on_cuda else bool(_BF16 & set(machine.instructions)),
    )


def taken_by_auto(device: str) -> Callable[[Combination], bool]:
    """Whether ``backend="auto"`` takes a combination, of those of its precision, on a device."""

    def is_taken(combination: Combination) -> bool:
        try:
            taken = choose("auto", combination.precision, device)
        except UltraSamError:
            return False
        return taken.backend == combination.backend and taken.compiled == combination.compiled

    return is_taken
