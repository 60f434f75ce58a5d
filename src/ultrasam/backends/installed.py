"""Which backends are here, and what they can."""

from __future__ import annotations

from importlib import metadata

from ultrasam import extras
from ultrasam.backends.names import BackendName, Precision
from ultrasam.backends.open_vino_core import has_bf16
from ultrasam.errors import MissingExtraError

#: What makes the graphs that all backends but PyTorch run.
_GRAPH_MAKERS = ("onnx", "onnxscript")


def is_installed(backend: BackendName) -> bool:
    """Whether a backend can be used: itself and what makes its graphs is here."""
    if backend == "torch":
        return True
    try:
        extras.require(backend, needed_for=f"The backend {backend}")
    # A package whose shared library is gone is as good as missing.
    except (MissingExtraError, OSError):
        return False
    return all(map(extras.is_installed, _GRAPH_MAKERS))


def version_of(backend: BackendName) -> str | None:
    """The version of a backend; None where it is not installed, or cannot be used."""
    return metadata.version(backend) if is_installed(backend) else None


def precisions_of(backend: BackendName, device_type: str) -> tuple[Precision, ...]:
    """What a backend that is installed computes in on a kind of device.

    PyTorch has bf16 on every CPU, quick or not.

    Args:
        backend: which.
        device_type: ``"cpu"``, ``"cuda"``, ``"mps"``; all backends but PyTorch run on CPUs alone.
    """
    if backend == "torch":
        return ("fp32", "bf16") if device_type == "cpu" else ("fp32", "bf16", "fp16")
    if backend == "onnxruntime":
        return ("fp32", "int8")
    return ("fp32", "bf16", "int8") if has_bf16() else ("fp32", "int8")
