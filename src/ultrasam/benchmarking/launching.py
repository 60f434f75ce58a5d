"""Starting the process that measures, and why it failed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from ultrasam.benchmarking.process import NO_MEMORY

#: The folders before a file's name: a report is to be shown to others.
_FOLDERS = re.compile(r"(?<![\w/])(?:[A-Za-z]:|~)?(?:[\\/][^\s\\/:'\"]+)*[\\/](?=\w)")


def run_process(job: Path, answer: Path, *, cache: Path | None) -> str | None:
    """Run the process that measures, and wait for it.

    Args:
        job: a file that :class:`~ultrasam.benchmarking.job.Job` wrote.
        answer: the file that the process is to write.
        cache: the process' cache folder; None: the user's.

    Returns:
        why it failed, in a line that names no folder; None where it did not.
    """
    # Nothing that lies in the current folder is taken for a package.
    environment = os.environ | {"PYTHONSAFEPATH": "1"}
    if cache is not None:
        environment |= {"ULTRASAM_CACHE": str(cache), "TORCHINDUCTOR_CACHE_DIR": str(cache / "inductor")}
    command = [sys.executable, "-m", "ultrasam.benchmarking.process", str(job), str(answer)]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            _, told = process.communicate()
        except BaseException:
            process.kill()
            raise
    if process.returncode == 0 and answer.exists():
        return None
    return reason(process.returncode, told.decode(errors="replace"))


def reason(code: int, told: str) -> str:
    r"""Why a process ended, in a line that names no folder.

    Args:
        code: its exit code; below 0, the number of the signal that ended it.
        told: what it wrote to stderr.

    Example:
        >>> reason(1, "Traceback: ...\nRuntimeError: no such file: /home/somebody/graph.onnx")
        'RuntimeError: no such file: graph.onnx'
    """
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    last = _FOLDERS.sub("", lines[-1]) if lines else f"it ended with code {code} and said nothing"
    if code == NO_MEMORY or last.startswith("MemoryError"):
        return "out of memory"
    if code < 0:
        name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
        by_system = "; systems end processes so when memory runs out" if name == "SIGKILL" else ""
        return f"it was ended by {name}{by_system}"
    return last
