"""Silence for what other libraries say while they work for us: the caller says it once, in a sentence."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain

_lock = threading.Lock()
_inside = 0
_undo = ExitStack()
#: Patterns of modules, and loggers.
_silent: set[str | logging.Logger] = set()


@contextmanager
def silence(*, loggers: Sequence[str], modules: str) -> Iterator[None]:
    """Keep libraries' warnings and log records from terminal and log; everybody else is heard.

    They are settings of the whole process, so they are changed by the first thread that comes in and restored by the
    last that leaves, whatever each of them silences.

    Args:
        loggers: names of the libraries' loggers; with those below them.
        modules: pattern of the modules whose warnings are meant, matched from the start of their names.
    """
    global _inside, _undo
    with _lock:
        if not _inside:
            _undo = ExitStack()
            _undo.callback(_silent.clear)
            _undo.enter_context(warnings.catch_warnings())
        if modules not in _silent:
            _silent.add(modules)
            warnings.filterwarnings("ignore", module=modules)
        for logger in chain.from_iterable(map(_speaking, loggers)):
            if logger not in _silent:
                _silent.add(logger)
                _silence(logger)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _undo.close()


def _speaking(name: str) -> list[logging.Logger]:
    """A library's logger, and those below it that write by themselves."""
    known = list(logging.root.manager.loggerDict.values())
    loggers = [logger for logger in known if isinstance(logger, logging.Logger)]
    below = [logger for logger in loggers if logger.name.startswith(f"{name}.") and logger.handlers]
    return [logging.getLogger(name), *below]


def _silence(logger: logging.Logger) -> None:
    _undo.callback(setattr, logger, "handlers", logger.handlers)
    _undo.callback(setattr, logger, "propagate", logger.propagate)
    # With no handler at all, records would go to the terminal.
    logger.handlers = [logging.NullHandler()]
    logger.propagate = False
