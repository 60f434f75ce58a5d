"""Which backend, precision and device go together, said without PyTorch."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from ultrasam.backends.installed import is_installed, precisions_of
from ultrasam.backends.names import BACKENDS, PRECISIONS, BackendName, Precision
from ultrasam.errors import InputError
from ultrasam.extras import require

Backend: TypeAlias = BackendName | Literal["auto"]

#: What ``auto`` takes on a CPU: the first that is installed and has the precision. Measured on two cores
#: (docs/speed.md): OpenVINO is ahead of both with every network.
_QUICKEST_FIRST: tuple[BackendName, ...] = ("openvino", "torch", "onnxruntime")


def check_choice(backend: Backend = "torch", precision: Precision = "fp32", device: str = "auto") -> None:
    """Raise what :func:`~ultrasam.backends.choosing.choose` would, of a network that is not compiled.

    PyTorch, which takes a second to import, is asked only where the answer hangs on the devices of this machine.

    Raises:
        InputError: no such backend, precision or device, or a combination that does not exist.
        MissingExtraError: the backend is not installed.
    """
    check_names(backend, precision)
    if device == "cpu" or (device == "auto" and runs_on_cpu_alone(backend, precision)):
        settled(backend, precision, "cpu")
    # What PyTorch has on a CPU it has on every device.
    elif device != "auto" or precision not in precisions_of("torch", "cpu"):
        from ultrasam.backends.choosing import choose

        choose(backend, precision, device)


def check_names(backend: Backend, precision: Precision) -> None:
    """Pass if there are such a backend and such a precision.

    Raises:
        InputError: there are not.
    """
    if backend not in get_args(Literal["auto"]) + BACKENDS:
        raise InputError(f"Expected one of the backends auto, {', '.join(BACKENDS)}, but got {backend!r}.")
    if precision not in PRECISIONS:
        raise InputError(f"Expected one of the precisions {', '.join(PRECISIONS)}, but got {precision!r}.")


def runs_on_cpu_alone(backend: Backend, precision: Precision) -> bool:
    """Whether a backend, or every one that has the precision, runs on processors alone."""
    return backend in ("onnxruntime", "openvino") or (backend == "auto" and precision == "int8")


def settled(backend: Backend, precision: Precision, device_type: str, *, compiled: bool = False) -> BackendName:
    """The backend that some words stand for on a kind of device.

    Args:
        backend: ``"auto"`` is the quickest that is installed and has the precision; on a GPU PyTorch.
        precision: of the numbers.
        device_type: ``"cpu"``, ``"cuda"``, ``"mps"``.
        compiled: whether PyTorch compiles the network.

    Raises:
        InputError: a combination that does not exist.
        MissingExtraError: the backend is not installed.
    """
    chosen = _quickest(precision, device_type, compiled) if backend == "auto" else backend
    _check(chosen, precision, device_type, compiled)
    return chosen


def _quickest(precision: Precision, device_type: str, compiled: bool) -> BackendName:
    if device_type != "cpu" or compiled:
        return "torch"
    able = (name for name in _QUICKEST_FIRST if is_installed(name) and precision in precisions_of(name, "cpu"))
    # PyTorch says best what is wrong with the precision.
    return next(able, "openvino" if precision == "int8" else "torch")


def _check(backend: BackendName, precision: Precision, device_type: str, compiled: bool) -> None:
    if backend != "torch":
        if device_type != "cpu":
            raise InputError(
                f"Expected the backend torch on {device_type}, but got {backend}, which runs on the CPU here: leave "
                '--device out, or take device="cpu".'
            )
        require(backend, needed_for=f"The backend {backend}")
    if compiled and backend != "torch":
        raise InputError(f"Expected compiled with the backend torch only, but got {backend}.")
    offered = precisions_of(backend, device_type)
    if precision not in offered:
        raise InputError(
            f"Expected {' or '.join(offered)} of the backend {backend} on this {_WORDS.get(device_type, device_type)}, "
            f"but got {precision}{_reason(backend, precision)}."
        )


_WORDS = {"cpu": "CPU", "cuda": "GPU"}


def _reason(backend: BackendName, precision: Precision) -> str:
    match precision:
        case "fp16":
            return ", which is for GPUs"
        case "int8" if backend == "torch":
            return ": take the backend openvino or onnxruntime"
        case "bf16" if backend == "onnxruntime":
            return ": take the backend openvino or torch"
        case "bf16":
            return ", which it would only imitate"
        case _:
            return ""
