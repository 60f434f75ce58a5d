"""Which ways to run a network are compared: a backend with a precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ultrasam.backends import BackendName, Precision


@dataclass(frozen=True)
class Combination:
    """One way to run a network, as :func:`ultrasam.load` takes it.

    Attributes:
        backend: ``"torch"``, ``"onnxruntime"`` or ``"openvino"``.
        precision: ``"fp32"``, ``"bf16"``, ``"fp16"`` or ``"int8"``.
        compiled: whether torch compiles the network.
    """

    backend: BackendName
    precision: Precision
    compiled: bool = False

    @property
    def name(self) -> str:
        """In words: ``"torch bf16, compiled"``."""
        return f"{self.backend} {self.precision}{', compiled' if self.compiled else ''}"


#: What all others are compared with.
REFERENCE = Combination("torch", "fp32")


@dataclass(frozen=True)
class Abilities:
    """What decides which combinations make sense on a machine.

    Attributes:
        offered: the precisions of each backend on the device; none of a backend that does not run there.
        missing: backends that are not installed.
        on_gpu: whether the device is a GPU.
        native_bf16: whether the device multiplies bfloat16 natively.
    """

    offered: Mapping[BackendName, Sequence[Precision]]
    missing: frozenset[BackendName]
    on_gpu: bool
    native_bf16: bool


@dataclass(frozen=True)
class Plan:
    """What is measured, the reference first, and what is not.

    Attributes:
        combinations: in the order of their first turn.
        left_out: the name of each combination, or backend, that is not measured, with the reason.
    """

    combinations: tuple[Combination, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def plan(
    abilities: Abilities, backends: Sequence[str] = (), precisions: Sequence[str] = (), *, compiled: bool = False
) -> Plan:
    """The combinations that make sense on a machine, or those that a user named.

    Args:
        abilities: of the machine.
        backends: to measure; none: every one.
        precisions: to measure; none: every one that makes sense.
        compiled: torch's, with its compiler too; on a GPU it is always tried.
    """
    chosen, left_out = [REFERENCE], list[tuple[str, str]]()
    for backend, offered in abilities.offered.items():
        if backends and backend not in backends:
            continue
        if backend in abilities.missing:
            left_out.append((backend, 'it is not installed: pip install "ultrasam[fast]"'))
            continue
        if not offered:
            left_out.append((backend, "it does not run on this device"))
        for precision in offered:
            combination = Combination(backend, precision)
            if precisions and precision not in precisions:
                continue
            if not precisions and _is_slow(combination, abilities):
                left_out.append((combination.name, f"slow on this device: ask for it with --precision {precision}"))
                continue
            chosen.append(combination)
    if compiled or abilities.on_gpu:
        chosen += [Combination("torch", each.precision, compiled=True) for each in chosen if each.backend == "torch"]
    return Plan(tuple(dict.fromkeys(chosen)), tuple(left_out))


def _is_slow(combination: Combination, abilities: Abilities) -> bool:
    """Whether it is slower than the reference by far, as numbers are only imitated."""
    return combination.backend == "torch" and combination.precision == "bf16" and not abilities.native_bf16
