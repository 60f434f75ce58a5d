"""Silence for what Pillow and pydicom say about bad files: the caller says it once, in a sentence."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_lock = threading.Lock()
_inside = 0
_undo = ExitStack()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep both libraries' warnings, and pydicom's log records, which may quote a header, from terminal and log.

    They are settings of the whole process, so they are changed by the first thread that comes in and restored
    by the last that leaves.
    """
    global _inside, _undo
    with _lock:
        if not _inside:
            _undo = ExitStack()
            _undo.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", module=r"(PIL|pydicom)\b")
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
