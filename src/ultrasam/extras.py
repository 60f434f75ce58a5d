"""The one door to optional dependencies."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
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
        raise _missing(module.partition(".")[0], needed_for) from error


def check_installed(*packages: str, needed_for: str) -> None:
    """Say which extra brings an optional package that is not installed; none is imported.

    Args:
        packages: import names, of those in :data:`EXTRAS`.
        needed_for: what the user wanted, e.g. ``"Training runs"``; goes into the message.

    Raises:
        MissingExtraError: one is not installed.
    """
    for package in packages:
        if not is_installed(package):
            raise _missing(package, needed_for)


def is_installed(package: str) -> bool:
    """Whether an optional package is there; whether it can be imported is another question."""
    spec = find_spec(package)
    # A mere folder of that name has no origin.
    return spec is not None and spec.origin is not None


def _missing(package: str, needed_for: str) -> MissingExtraError:
    extra = next(name for name, packages in EXTRAS.items() if package in packages)
    return MissingExtraError(
        f'{needed_for} need the package {package}: install it with  pip install "ultrasam[{extra}]"'
    )
