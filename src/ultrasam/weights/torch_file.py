"""Reading PyTorch's pickled checkpoints without executing anything that they carry.

``torch.load(weights_only=True)`` builds tensors and plain containers only. Checkpoints of mmengine also
pickle the history of the training curves (``HistoryBuffer`` objects with numpy arrays); their names are
answered by inert stand-ins, so that neither mmengine nor numpy's unpickling is ever called. Everything else
is refused.
"""

from __future__ import annotations

import re
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrasam.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

#: The name, in any folder of the archive, of the pickle that ``torch.save`` writes.
_PICKLE = "/data.pkl"


class _Skipped:
    """Takes whatever it is built from and keeps nothing."""

    def __new__(cls, *_args: object, **_options: object) -> _Skipped:
        return super().__new__(cls)

    def __init__(self, *_args: object, **_options: object) -> None:
        pass

    def __setstate__(self, _state: object) -> None:
        pass


#: What mmengine's history pickles: module, name.
_HISTORY = (
    ("mmengine.logging.history_buffer", "HistoryBuffer"),
    ("_codecs", "encode"),
    ("builtins", "getattr"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
)
# torch looks an allowed class up by its module and name, so a stand-in takes the name that it answers to.
_STAND_INS: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    type(name, (_Skipped,), {"__module__": module}) for module, name in _HISTORY
]

_allow_list = threading.Lock()


@contextmanager
def _history_skipped() -> Iterator[None]:
    import torch

    # torch.serialization.safe_globals does this from torch 2.5 on.
    with _allow_list:
        # Before torch 2.5 that is the list itself, which would change under our hands.
        before = list(torch.serialization.get_safe_globals())
        torch.serialization.add_safe_globals(_STAND_INS)
        try:
            yield
        finally:
            torch.serialization.clear_safe_globals()
            torch.serialization.add_safe_globals(before)


def read_torch_file(path: Path) -> dict[str, Tensor]:
    """Read the state dict of a ``.pth``, ``.pt`` or ``.bin`` file, out of whatever container it lies in.

    Returns:
        key to tensor, on the CPU, as stored; ``module.`` (``DataParallel``) is taken off the keys.

    Raises:
        WeightsError: the file is damaged, holds anything but tensors and plain values, or has no state dict.
    """
    import torch

    try:
        with _history_skipped():
            content = torch.load(path, map_location="cpu", weights_only=True)
    # A damaged pickle stops torch with errors of nearly any kind.
    except Exception as error:
        raise WeightsError(_reason(path, error)) from error
    return _without_module(_unwrapped(content, path.name))


def check_torch_file(path: Path) -> None:
    """Pass if a zip archive is whole and holds a pickle; of files before torch 1.6 only reading tells.

    Raises:
        WeightsError: the archive is damaged or incomplete, or of something else.
    """
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return
    try:
        with zipfile.ZipFile(path) as archive:
            if not any(name.endswith(_PICKLE) for name in archive.namelist()):
                raise zipfile.BadZipFile(f"There is no {_PICKLE}.")
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise WeightsError(_reason(path, error)) from error


def _reason(path: Path, error: Exception) -> str:
    if found := re.search(r"GLOBAL ([\w.]+)", str(error)):
        return (
            f"Expected only tensors and plain values in {path.name}, but it asks for {found[1]}, which could "
            "run code: nothing of it was executed. Save its state dict alone, or get it from its publisher."
        )
    return (
        f"Expected a PyTorch checkpoint in {path.name}, but it is damaged or incomplete "
        f"({type(error).__name__}): get the file again."
    )


def _unwrapped(content: Any, name: str) -> dict[str, Tensor]:
    """The largest mapping of tensors at the top or one level down (``state_dict``, ``model``, …)."""
    from torch import Tensor

    if not isinstance(content, Mapping):
        raise WeightsError(f"Expected a state dict in {name}, but got a {type(content).__name__}.")
    candidates = [content, *(value for value in content.values() if isinstance(value, Mapping))]
    state_dicts = [
        {key: value for key, value in candidate.items() if isinstance(key, str) and isinstance(value, Tensor)}
        for candidate in candidates
    ]
    largest = max(state_dicts, key=len)
    if not largest:
        found = ", ".join(map(str, list(content)[:5])) or "nothing"
        raise WeightsError(f"Expected a state dict with tensors in {name}, but found {found}.")
    return largest


def _without_module(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    if all(key.startswith("module.") for key in state_dict):
        return {key.removeprefix("module."): tensor for key, tensor in state_dict.items()}
    return state_dict
