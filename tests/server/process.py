"""The server as a process of its own, as ``ultrasam serve`` starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx

_COMMAND = "from ultrasam.cli.main import main; main()"


def no_model(folder):
    """Words for a server that has no model: its weights look like weights, but are none."""
    file = folder / "no_model.safetensors"
    header = b"{}".ljust(8)
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    return "--model", file


class Served:
    """A running server.

    Attributes:
        process: its process.
        address: what it printed.
    """

    def __init__(self, *words, environment=None):
        self.process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, "serve", *map(str, words), "--port", "0", "--no-browser"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", **(environment or {})},
        )
        self.line = self.process.stdout.readline()
        found = re.search(r"https?://\S+", self.line)
        self.address = found.group() if found else ""

    def client(self, **options):
        return httpx.Client(base_url=self.address.split("?")[0], timeout=60, **options)

    def kill(self):
        self.process.kill()
        self.process.communicate(timeout=30)

    def end(self, how=signal.SIGTERM):
        """Its exit code and what it wrote last."""
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err

    def resident_bytes(self):
        """Memory that the process holds now (Linux)."""
        with open(f"/proc/{self.process.pid}/statm") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def served(*words, **options):
    """A server that ends with the block, whatever happens in it."""
    server = Served(*words, **options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()
        server.process.stdout.close()
        server.process.stderr.close()
