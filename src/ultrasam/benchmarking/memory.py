"""How much memory this process had at its peak."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def peak_bytes() -> int | None:
    """The most main memory that this process had at once, as the system counts it; None where it does not tell."""
    # On Linux getrusage counts what the process had that started this one, too.
    status = Path("/proc/self/status")
    if status.exists():
        peak = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        if peak:
            return int(peak[0]) * 1024
    try:
        import resource
    except ImportError:
        return None
    peak_kib_or_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_kib_or_bytes * (1 if sys.platform == "darwin" else 1024)


def gpu_peak_bytes(device: torch.device) -> int | None:
    """The most memory that torch had on a CUDA device; None for any other."""
    import torch

    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
