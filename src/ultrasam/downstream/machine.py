"""What a run may use of the machine it is on: device, memory, cores."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import torch

#: What a run computes on.
Device: TypeAlias = Literal["cpu", "cuda", "mps"]

_MEMORY = Path("/proc/meminfo")
_AVAILABLE = "MemAvailable:"
#: Where Linux says what a container may use, what it uses, and what of that are files it would give back: control
#: groups version 2, then 1.
_GROUPS = (
    (Path("/sys/fs/cgroup"), "memory.max", "memory.current", "inactive_file"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
_STATISTICS = "memory.stat"
#: Where nothing says how much memory there is (Windows).
_ASSUMED_GB = 8.0


@dataclass(frozen=True)
class Machine:
    """A device with the memory that is free for it.

    Attributes:
        device: what is computed on.
        memory_gb: free memory of that device, in GB of 10^9 bytes.
        cores: processor cores that this process may use.
        half: whether it is quicker in bfloat16.
    """

    device: Device
    memory_gb: float
    cores: int
    half: bool = False

    def __str__(self) -> str:
        name = {
            "cpu": f"{self.cores} processor core{'s' if self.cores > 1 else ''}",
            "cuda": "a GPU",
            "mps": "an Apple GPU",
        }
        return f"{name[self.device]} with {self.memory_gb:.0f} GB free"


def this_machine(accelerator: str = "auto") -> Machine:
    """What is here.

    Args:
        accelerator: of a recipe: ``"auto"``, ``"cpu"``, ``"gpu"`` or ``"mps"``.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if accelerator in ("auto", "gpu") and torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        return Machine("cuda", free / 1e9, cores, torch.cuda.is_bf16_supported())
    if accelerator in ("auto", "mps", "gpu") and torch.backends.mps.is_available():
        return Machine("mps", free_memory_gb(), cores)
    return Machine("cpu", free_memory_gb(), cores)


def free_memory_gb() -> float:
    """Memory that this process may still take, in GB; what a container is allowed to counts."""
    free = _available()
    for folder, limit, usage, files in _GROUPS:
        allowed, used = _number(_text(folder / limit)), _number(_text(folder / usage))
        if allowed is None or used is None:
            continue
        idle = _number(_entry(_text(folder / _STATISTICS), files)) or 0
        return min(free, max(0, allowed - used + idle)) / 1e9
    return free / 1e9


def _available() -> float:
    kilobytes = _number(_entry(_text(_MEMORY), _AVAILABLE))
    if kilobytes is not None:
        return kilobytes * 1024
    try:
        # All of it, where nobody says what is free of it.
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return _ASSUMED_GB * 1e9


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _entry(text: str, name: str) -> str:
    """The word behind a name that begins a line; empty where there is none."""
    lines = (line.split() for line in text.splitlines())
    return next((words[1] for words in lines if len(words) > 1 and words[0] == name), "")


def _number(text: str) -> float | None:
    """None where it is none: a group without a limit says ``max``."""
    try:
        return float(text)
    except ValueError:
        return None
