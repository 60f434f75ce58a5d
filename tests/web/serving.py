"""``ultrasam serve`` as a process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, Queue
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest


class Server:
    """``ultrasam serve`` in a process of its own.

    Args:
        folder: that it serves.
        options: of the command.
        cache: where it keeps the decoder's graph.

    Attributes:
        address: ``http://127.0.0.1:PORT/``.
    """

    def __init__(self, folder: Path, *options: str, cache: Path) -> None:
        self.folder = folder
        self._options = options
        self._cache = cache
        self._port = 0
        self._copies = 0
        self.start()

    def start(self) -> None:
        """At the same address as before, if it ran before."""
        command = [Path(sys.executable).with_name("ultrasam"), "serve", self.folder, "--no-browser"]
        self.process = subprocess.Popen(
            [*map(str, command), "--port", str(self._port), *self._options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "400", "ULTRASAM_CACHE": str(self._cache)},
        )
        self.lines: list[str] = []
        found: Queue[str] = Queue()
        threading.Thread(target=self._read, args=(found,), daemon=True).start()
        try:
            self.address = found.get(timeout=60)
        except Empty:
            self.kill()
            pytest.fail("the server gave no address:\n" + "".join(self.lines))
        self._port = int(re.search(r":(\d+)/", self.address)[1])

    def _read(self, found: Queue[str]) -> None:
        for line in self.process.stdout:
            self.lines.append(line)
            address = re.search(r"https?://[^\s/]+:\d+/", line)
            if address:
                found.put(address[0])

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)

    def kill(self) -> None:
        """As a crash or a power cut ends it."""
        self.process.kill()
        self.process.wait(timeout=20)

    def ask(self, path: str, method: str = "GET") -> dict:
        """A request of a program on this machine."""
        with urlopen(Request(f"{self.address}api/{path}", method=method), timeout=60) as answer:
            return json.load(answer)

    def wait_for_decoder(self) -> None:
        """Until the browser can have the decoder: the first start makes it, which takes a quarter of a minute.

        It waits for its turn while tests in another process make a graph.
        """
        patience = threading.Event()
        for _ in range(480):
            state = self.ask("status")["decoder"]["state"]
            if state == "ready":
                return
            assert state == "making", state
            patience.wait(0.5)
        pytest.fail("the decoder was not made:\n" + "".join(self.lines))

    def add(self, source: Path | bytes, name: str | None = None) -> str:
        """Put a file into the folder that no other test has; gives its name."""
        self._copies += 1
        name = f"{self._copies:03d}_{name or source.name}"
        content = source if isinstance(source, bytes) else source.read_bytes()
        (self.folder / name).write_bytes(content)
        self.ask("images/rescan", "POST")
        return name

    def image(self, name: str) -> dict:
        """What the server has about an image: with its items."""
        (found,) = (one for one in self.ask(f"images?search={quote(name)}")["images"] if one["name"] == name)
        return self.ask(f"images/{found['id']}")
