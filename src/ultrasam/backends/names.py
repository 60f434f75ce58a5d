"""What backends and precisions are called."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

BackendName: TypeAlias = Literal["torch", "onnxruntime", "openvino"]
#: Numbers of 32 and 16 bits; ``"int8"`` is of the image encoder alone.
Precision: TypeAlias = Literal["fp32", "bf16", "fp16", "int8"]

BACKENDS: tuple[BackendName, ...] = get_args(BackendName)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

#: What records say in which a number format stands.
PRECISION_OF_DTYPE: dict[str, Precision] = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}
