"""What all commands share: the consoles and the progress bar."""

from __future__ import annotations

import os
import signal
import sys
import threading

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

#: Results for people and pipes.
out = Console(highlight=False, soft_wrap=True, emoji=False)
#: Progress, warnings and errors: never mixed into a result that is piped on.
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def say(progress: Progress, text: str) -> None:
    """Print a result while a progress bar is shown: on a terminal above the bar, into a pipe as it is."""
    shared = out.is_terminal and err.is_terminal
    (progress.console if shared else out).print(text, markup=False)


def end_as_by_ctrl_c() -> None:
    """Let a job that is told to end (SIGTERM) end as if by Ctrl-C: what is done is kept and listed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def progress_bar(*, quiet: bool = False) -> Progress:
    """A progress bar over countable work on stderr; silent where stderr is no terminal or ``quiet``."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
    )


def leave_work_unfinished() -> None:
    """End the process now if a thread still computes what nobody waits for.

    Python would tear it down in the midst of the network, which ends the process as if it had crashed.
    """
    if any(thread.daemon for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
