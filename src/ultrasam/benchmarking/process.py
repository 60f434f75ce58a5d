"""The process that measures one combination: ``python -m ultrasam.benchmarking.process JOB MEASURED``.

A process of its own gives each combination the memory that is its own, and no other's threads and caches.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ultrasam.allocation import keep_freed_memory
from ultrasam.benchmarking.job import Job
from ultrasam.errors import UltraSamError

#: Exit codes beyond success: a failure whose sentence is on stderr, and too little memory.
_FORESEEN, NO_MEMORY = 2, 3


def main(job: str, answer: str) -> int:
    """Measure what a file tells, and write what it took to another."""
    keep_freed_memory()
    from ultrasam.benchmarking.measuring import measure

    try:
        measure(Job.read(Path(job))).write(Path(answer))
    except (UltraSamError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return _FORESEEN
    except MemoryError:
        return NO_MEMORY
    except RuntimeError as error:
        # torch.OutOfMemoryError of a GPU, and what a CPU's allocator says.
        if "out of memory" in str(error).lower() or "not enough memory" in str(error).lower():
            return NO_MEMORY
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
