"""Silence for what pydicom and its decoders say about bad files: the caller says it once, in a sentence."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_log = logging.getLogger(__name__)

_STDERR = 2
_lock = threading.Lock()
_inside = 0
_undo = ExitStack()
_stderr_lock = threading.Lock()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pydicom's warnings and log records, which may quote a header, from the terminal and the log.

    Both are settings of the whole process, so they are changed by the first thread that comes in and restored
    by the last that leaves.
    """
    global _inside, _undo
    with _lock:
        if not _inside:
            _undo = ExitStack()
            _undo.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", module=r"pydicom\b")
            logger = logging.getLogger("pydicom")
            _undo.callback(setattr, logger, "propagate", logger.propagate)
            logger.propagate = False
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _undo.close()


@contextmanager
def native_stderr_to_log() -> Iterator[None]:
    """Turn what compiled code writes to the standard error stream into log records.

    GDCM's libjpeg knows no other way to complain about damaged data, which it may decode nevertheless.
    """
    with _stderr_lock, tempfile.TemporaryFile() as captured:
        terminal = os.dup(_STDERR)
        os.dup2(captured.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(terminal, _STDERR)
            os.close(terminal)
            captured.seek(0)
            for line in captured.read().decode(errors="replace").splitlines():
                _log.warning("The decoder says: %s", line)
