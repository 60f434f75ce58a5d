"""Which engine serves: what is asked for, checked, or the quickest that is installed."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import torch

from ultrasam.backends.engine import Engine
from ultrasam.backends.installed import is_installed, precisions_of
from ultrasam.backends.names import BACKENDS, PRECISIONS, BackendName, Precision
from ultrasam.errors import InputError
from ultrasam.extras import require

Backend: TypeAlias = BackendName | Literal["auto"]

#: What ``auto`` takes on a CPU: the first that is installed and has the precision. Measured on two cores
#: (docs/speed.md): OpenVINO is ahead of both with every network.
_QUICKEST_FIRST: tuple[BackendName, ...] = ("openvino", "torch", "onnxruntime")


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
    if backend not in get_args(Literal["auto"]) + BACKENDS:
        raise InputError(f"Expected one of the backends auto, {', '.join(BACKENDS)}, but got {backend!r}.")
    if precision not in PRECISIONS:
        raise InputError(f"Expected one of the precisions {', '.join(PRECISIONS)}, but got {precision!r}.")
    on_cpu_alone = backend in ("onnxruntime", "openvino") or (backend == "auto" and precision == "int8")
    target = torch.device("cpu") if device == "auto" and on_cpu_alone else _device(device)
    chosen = _quickest(precision, target, compiled) if backend == "auto" else backend
    _check(chosen, precision, target, compiled)
    return Engine(chosen, precision, target, compiled)


def _quickest(precision: Precision, device: torch.device, compiled: bool) -> BackendName:
    if device.type != "cpu" or compiled:
        return "torch"
    able = (name for name in _QUICKEST_FIRST if is_installed(name) and precision in precisions_of(name, "cpu"))
    # PyTorch says best what is wrong with the precision.
    return next(able, "openvino" if precision == "int8" else "torch")


def _check(backend: BackendName, precision: Precision, device: torch.device, compiled: bool) -> None:
    if backend != "torch":
        if device.type != "cpu":
            raise InputError(
                f"Expected the backend torch on {device.type}, but got {backend}, which runs on the CPU here: leave "
                '--device out, or take device="cpu".'
            )
        require(backend, needed_for=f"The backend {backend}")
    if compiled and backend != "torch":
        raise InputError(f"Expected compiled with the backend torch only, but got {backend}.")
    offered = precisions_of(backend, device.type)
    if precision not in offered:
        raise InputError(
            f"Expected {' or '.join(offered)} of the backend {backend} on this {_WORDS.get(device.type, device.type)}, "
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
