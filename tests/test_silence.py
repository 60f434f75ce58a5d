import io
import logging
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from ultrasam.silence import silence


@pytest.fixture
def chatty():
    """A library's logger, and one below it that writes by itself: ``(logger, what it wrote)``."""
    logger, written = logging.getLogger("chatty.writer"), io.StringIO()
    handler = logging.StreamHandler(written)
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


def settings():
    loggers = [logging.getLogger(name) for name in ("one", "two", "chatty", "chatty.writer")]
    own = [(logger.propagate, logger.level, list(logger.handlers)) for logger in loggers]
    return list(warnings.filters), own, logging.root.manager.disable


def test_loggers_that_write_by_themselves_are_silent_inside_and_not_after(chatty, caplog):
    logger, written = chatty
    with silence(loggers=("chatty",), modules="chatty"):
        logger.error("inside")
        logging.getLogger("chatty.reader").error("inside")
    assert not written.getvalue()
    assert not caplog.messages
    logger.error("after")
    assert written.getvalue() == "after\n"
    assert caplog.messages == ["after"]


def test_nothing_falls_through_to_the_terminal(capfd, monkeypatch):
    monkeypatch.setattr(logging.root, "handlers", [])
    with silence(loggers=("chatty",), modules="chatty"):
        logging.getLogger("chatty.reader").error("inside")
    assert capfd.readouterr() == ("", "")


def test_everybody_else_is_heard_inside(caplog):
    with silence(loggers=("one",), modules="one"), pytest.warns(UserWarning, match="mine"):
        warnings.warn_explicit("mine", UserWarning, "x.py", 1, module="mine")
    with silence(loggers=("one",), modules="one"):
        logging.getLogger("mine").warning("mine")
        logging.getLogger("oneself").warning("oneself")
    assert caplog.messages == ["mine", "oneself"]


def test_silences_that_overlap_leave_everything_as_it_was(chatty):
    before = settings()
    first, second = (silence(loggers=(name, "chatty"), modules=name) for name in ("one", "two"))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not logging.getLogger("two").propagate
    second.__exit__(None, None, None)
    assert settings() == before


def test_many_threads_leave_everything_as_it_was(chatty):
    before = settings()

    def enter(number):
        name = ("one", "two")[number % 2]
        with silence(loggers=(name, "chatty"), modules=name):
            return logging.getLogger(name).propagate

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(enter, range(500)))
    assert settings() == before
