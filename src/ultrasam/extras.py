"""The one door to optional dependencies."""

from __future__ import annotations

import importlib
from types import ModuleType

from ultrasam.errors import MissingExtraError

#: Extra name -> modules that it brings (import names). Keep in step with pyproject.toml.
EXTRAS: dict[str, tuple[str, ...]] = {
    "volumes": ("nibabel", "SimpleITK"),
    "video": ("av",),
    "evaluate": ("scipy", "faster_coco_eval", "matplotlib", "jinja2"),
    "train": ("pytorch_lightning", "pydantic", "yaml", "tensorboard"),
    "data": ("h5py", "imagehash", "openpyxl", "pyarrow", "rarfile"),
    "finetune": ("transformers",),
    "scale": ("ray",),
    "fast": ("onnx", "onnxscript", "onnxruntime", "openvino"),
    "export": ("nncf",),
    "serve": ("fastapi", "uvicorn", "httpx"),
}


def require(module: str, *, needed_for: str) -> ModuleType:
    """Import an optional module, or say which extra brings it.

    Args:
        module: import name, one of those in :data:`EXTRAS` or a part of it (``"scipy.ndimage"``).
        needed_for: what the user wanted, e.g. ``"NIfTI files"``; goes into the message.

    Raises:
        MissingExtraError: the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        extra = next(name for name, modules in EXTRAS.items() if package in modules)
        raise MissingExtraError(
            f'{needed_for} need the package {package}: install it with  pip install "ultrasam[{extra}]"'
        ) from error
