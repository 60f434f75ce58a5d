"""What runs a network: PyTorch, ONNX Runtime or OpenVINO, in which precision."""

from typing import TYPE_CHECKING

from ultrasam.backends.checking import Backend, check_choice
from ultrasam.backends.names import BACKENDS, PRECISIONS, BackendName, Precision
from ultrasam.lazy import imported_on_use

if TYPE_CHECKING:
    from ultrasam.backends.choosing import choose
    from ultrasam.backends.engine import Engine

__all__ = ["BACKENDS", "PRECISIONS", "Backend", "BackendName", "Engine", "Precision", "check_choice", "choose"]

# What needs PyTorch.
__getattr__ = imported_on_use(__name__, {"Engine": "ultrasam.backends.engine", "choose": "ultrasam.backends.choosing"})
