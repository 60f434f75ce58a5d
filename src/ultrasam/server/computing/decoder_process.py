"""A process that writes a decoder's graph: it can be slow and be stopped, and the server goes on meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from ultrasam.errors import UltraSamError, WeightsError

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from ultrasam.server.computing.decoder_weights import DecoderWeights

#: How much the process gives way to those that somebody waits for: it gets a third of their share. Much less, and on a
#: machine that is busy all the time the browser would wait for its decoder for ten minutes and more.
_NICENESS = 5


class Stopped(Exception):  # noqa: N818
    """The process was stopped before it was done."""


class WritingProcess:
    """At most one process at a time, which can be stopped from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._is_stopped = False

    def write(self, weights: DecoderWeights, input_size: int, path: Path) -> None:
        """Write a decoder to ``path``, and wait for it.

        Args:
            weights: what decodes.
            input_size: side of its input in pixels.
            path: the ONNX file.

        Raises:
            Stopped: it was stopped.
            UltraSamError: what the process says.
        """
        # A fork of a process with threads may hang.
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        with receiver:
            with sender, self._lock:
                if self._is_stopped:
                    raise Stopped
                process = context.Process(target=_write, args=(weights, input_size, path, sender), daemon=True)
                process.start()
                self._process = process
            said: UltraSamError | None = None
            with suppress(EOFError):
                said = receiver.recv()
        process.join()
        if self._is_stopped:
            raise Stopped
        if said is not None:
            raise said
        if process.exitcode != 0:
            raise WeightsError(
                f"Expected a graph of the decoder, but the process that makes it ended ({process.exitcode})."
            )

    def stop(self) -> None:
        """End it, now and for good."""
        with self._lock:
            self._is_stopped = True
            if self._process is not None:
                self._process.terminate()


def _write(weights: DecoderWeights, input_size: int, path: Path, sender: Connection) -> None:
    """What the process does. A terminal's Ctrl-C reaches it, too, and is left to its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    from ultrasam.graphs.writing import write_decoder

    with sender:
        try:
            write_decoder(weights.network(), path, input_size=input_size)
            sender.send(None)
        except UltraSamError as error:
            sender.send(error)


def _end_with_parent() -> None:
    """Nobody reads what is written for a server that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
