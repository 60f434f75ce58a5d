"""Silence for C++ libraries that print to the process' standard error, past Python's."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2
#: Standard error belongs to the whole process: one at a time sends it away and brings it back.
_lock = threading.Lock()


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Drop what is printed to standard error; the caller says what went wrong, once, in a sentence.

    Keep it short: other threads' messages are dropped meanwhile, too.
    """
    with _lock:
        try:
            saved = os.dup(_STDERR)
        except OSError:  # the process has no standard error, as under pythonw
            yield
            return
        if sys.stderr is not None:
            sys.stderr.flush()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        try:
            yield
        finally:
            os.dup2(saved, _STDERR)
            os.close(saved)
            os.close(nowhere)
