"""Files of tensors, PyTorch's or safetensors, told apart by how they start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ultrasam.errors import WeightsError
from ultrasam.weights.safetensors_file import check_safetensors, read_safetensors
from ultrasam.weights.torch_file import check_torch_file, read_torch_file

if TYPE_CHECKING:
    from torch import Tensor

#: The names under which Hugging Face, and this package, keep the weights of a model folder.
_FOLDER_FILES = ("model.safetensors", "pytorch_model.bin")


def find_tensor_file(path: Path) -> Path:
    """The file itself, or the weights file of a model folder.

    Raises:
        WeightsError: there is none, or it is empty.
    """
    if path.is_dir():
        for name in _FOLDER_FILES:
            if (path / name).is_file():
                return path / name
        raise WeightsError(f"Expected {' or '.join(_FOLDER_FILES)} in the folder {path}, but it has neither.")
    if not path.is_file():
        raise WeightsError(f"Expected a weights file, but there is none at {path}.")
    if path.stat().st_size == 0:
        raise WeightsError(f"Expected weights in {path}, but the file is empty: get it again.")
    return path


def read_tensors(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All tensors of a file, as stored, and a safetensors file's header; PyTorch's have none.

    Raises:
        WeightsError: the file is damaged, unsafe or of neither kind.
    """
    if _is_safetensors(file):
        return read_safetensors(file)
    return read_torch_file(file), {}


def check_tensor_file(path: Path) -> None:
    """Pass if a file, or that of a model folder, can be read and begins as weights do; no tensor is read.

    Raises:
        WeightsError: it is missing, empty, cannot be read, or is of neither kind.
    """
    file = find_tensor_file(path)
    try:
        if _is_safetensors(file):
            check_safetensors(file)
        else:
            check_torch_file(file)
    except OSError as error:
        raise WeightsError(f"Expected to read {file}, but that failed ({error.strerror or error}).") from error


def _is_safetensors(file: Path) -> bool:
    """Whether the file starts as one: eight bytes of header length, then JSON."""
    with file.open("rb") as stream:
        start = stream.read(9)
    if start[8:] == b"{":
        return True
    # A zip archive, or a pickle of protocol 2 or newer.
    if start.startswith((b"PK", b"\x80")):
        return False
    raise WeightsError(
        f"Expected a PyTorch or safetensors file in {file.name}, but it starts with {start!r}: "
        "it may be a web page or a pointer that was saved in place of the file."
    )
