"""From the return key to the written mask: seconds and memory of whole commands, new processes each.

python -m benchmarks.command_speed [--runs 9]

The commands take turns. "again" segments an image whose embedding is in the cache. Peak memory is that of the process,
as Linux counts it.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.references import EXAMPLES

HELP = ["--help"]
SEGMENT = ["segment", str(EXAMPLES / "fetal_head.png"), "--box", "184,104,612,444", "--out"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    found: dict[str, list[tuple[float, float]]] = {}
    for turn in range(runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            cache = Path(folder) / "cache"
            commands = {
                "ultrasam --help": HELP,
                "ultrasam segment one.png --box …": [*SEGMENT, folder],
                "the same command again": [*SEGMENT, folder],
            }
            for name, command in commands.items():
                seconds, gibibytes = run(command, cache)
                if turn:  # the first is a warm-up
                    found.setdefault(name, []).append((seconds, gibibytes))
    print(f"{runs} runs each, after one to warm up\n")
    print("| | median | min to max | peak memory |\n|---|---|---|---|")
    for name, pairs in found.items():
        seconds = [pair[0] for pair in pairs]
        spread = f"{min(seconds):.2f} to {max(seconds):.2f} s"
        memory = 1024 * statistics.median(pair[1] for pair in pairs)
        print(f"| {name} | {statistics.median(seconds):.2f} s | {spread} | {memory:.0f} MiB |")


def run(command: list[str], cache: Path) -> tuple[float, float]:
    """Seconds, and GiB at most, of one command."""
    executable = shutil.which("ultrasam") or str(Path(sys.executable).with_name("ultrasam"))
    start = time.perf_counter()
    process = subprocess.Popen(
        [executable, *command], stdout=subprocess.DEVNULL, env={**os.environ, "ULTRASAM_CACHE": str(cache)}
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {status}")
    return time.perf_counter() - start, usage.ru_maxrss / 2**20


if __name__ == "__main__":
    main()
