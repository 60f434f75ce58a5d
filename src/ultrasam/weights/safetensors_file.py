"""Safetensors files: tensors, and a header of plain text that says what they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from safetensors import SafetensorError, safe_open

from ultrasam.errors import WeightsError
from ultrasam.files import written_whole

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read all tensors, as stored, and the header's text entries.

    Tensors are copied: as the file is mapped they would begin at any byte of it, where some processors round
    otherwise, and whoever writes the file anew would change them or end the process.

    Raises:
        WeightsError: the file is damaged or incomplete.
    """
    with _opened(path, "pt") as file:
        header = dict(file.metadata() or {})
        return {key: file.get_tensor(key).clone() for key in file.keys()}, header  # noqa: SIM118


def check_safetensors(path: Path) -> None:
    """Pass if the header can be read and the file is as long as it says; no tensor is read, and PyTorch not imported.

    Raises:
        WeightsError: the file is damaged or incomplete.
    """
    with _opened(path, "numpy"):
        pass


@contextmanager
def _opened(path: Path, framework: Literal["pt", "numpy"]) -> Iterator[Any]:
    try:
        with safe_open(path, framework=framework, device="cpu") as file:
            yield file
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(
            f"Expected a safetensors file in {path.name}, but it is damaged or incomplete ({error}): get it again."
        ) from error


def write_safetensors(path: Path, state_dict: Mapping[str, Tensor], header: Mapping[str, str]) -> None:
    """Write tensors and header; the same ones give the same file, and nothing half-written is left behind.

    Tensors are copied, as safetensors refuses tensors that share memory.
    """
    from safetensors.torch import save_file

    tensors = {key: tensor.detach().to("cpu", copy=True).contiguous() for key, tensor in state_dict.items()}
    with written_whole(path) as temporary:
        mode = temporary.stat().st_mode
        save_file(tensors, temporary, metadata={"format": "pt", **header})
        # safetensors writes a file of its own, which only its owner may read.
        temporary.chmod(mode)
        _sort_header(temporary)


def _sort_header(path: Path) -> None:
    """Sort the header's text entries in place: safetensors writes them in random order."""
    with path.open("r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        content = json.loads(file.read(length))
        content["__metadata__"] = dict(sorted(content["__metadata__"].items()))
        file.seek(8)
        file.write(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode().ljust(length))


def stored_as(state_dict: Mapping[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """Floating-point tensors as ``dtype``, for smaller files.

    Batch-norm tensors and the positional matrix stay as they are in a 16-bit file: they are few, variances
    may exceed float16's range, and rounding the matrix shifts every prompt.

    Raises:
        WeightsError: ``dtype`` is no floating-point type, or a value exceeds its range.
    """
    if not dtype.is_floating_point:
        raise WeightsError(f"Expected a floating-point type to store weights in, but got {dtype}.")
    stored = {}
    for key, tensor in state_dict.items():
        kept = dtype.itemsize < 4 and (".bn." in key or key.endswith("gaussian_matrix"))
        converted = tensor if kept or not tensor.is_floating_point() else tensor.to(dtype)
        if bool(tensor.isfinite().all()) and not bool(converted.isfinite().all()):
            raise WeightsError(f"Expected values that {dtype} can hold, but {key} exceeds its range: use bfloat16.")
        stored[key] = converted
    return stored
