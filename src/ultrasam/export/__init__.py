"""Models for other software: ONNX, OpenVINO, segment-anything's and Hugging Face's own formats."""

from ultrasam.export.huggingface import export_huggingface
from ultrasam.export.onnx_folder import export_onnx
from ultrasam.export.openvino_folder import export_openvino
from ultrasam.export.result import Exported, Format, Precision
from ultrasam.export.segment_anything import export_segment_anything

__all__ = [
    "Exported",
    "Format",
    "Precision",
    "export_huggingface",
    "export_onnx",
    "export_openvino",
    "export_segment_anything",
]
