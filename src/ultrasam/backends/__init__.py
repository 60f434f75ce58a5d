"""What runs a network: PyTorch, ONNX Runtime or OpenVINO, in which precision."""

from ultrasam.backends.choosing import Backend, choose
from ultrasam.backends.engine import Engine
from ultrasam.backends.names import BACKENDS, PRECISIONS, BackendName, Precision

__all__ = ["BACKENDS", "PRECISIONS", "Backend", "BackendName", "Engine", "Precision", "choose"]
