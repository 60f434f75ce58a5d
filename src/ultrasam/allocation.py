"""How this process' memory is given back: not at once, as a network asks for the same again.

The C library of most Linux systems asks the system for each large block of memory and gives it back when it is freed,
so that every layer of a network waits for pages that it had a moment ago to be cleared and mapped anew.
"""

from __future__ import annotations

import ctypes
import os
import sys

#: Numbers of glibc's ``mallopt`` (malloc.h).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
#: Beyond any tensor of a network at work.
_BYTES = 10**9
#: The most that older versions of glibc take for blocks; it serves small inputs.
_BYTES_OF_OLD = 32 * 2**20


def keep_freed_memory() -> None:
    """Let this process keep memory that it frees; to be called before torch is imported.

    A third of the time of an image encoder on a CPU goes into memory that is given back and asked for again. The price
    is that a process never becomes smaller, which is why the command line does this for itself and the library never
    does it in the process of somebody else.

    Example:
        >>> from ultrasam.allocation import keep_freed_memory
        >>> keep_freed_memory()  # doctest: +SKIP
        >>> import ultrasam
    """
    # PyTorch then asks for blocks of 2 MB and more in huge pages, where the system gives them.
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    mallopt = _mallopt()
    if mallopt is None:
        return
    mallopt(_MMAP_THRESHOLD, _BYTES) or mallopt(_MMAP_THRESHOLD, _BYTES_OF_OLD)
    mallopt(_TRIM_THRESHOLD, _BYTES)


def _mallopt() -> ctypes._NamedFuncPointer | None:
    """The function of glibc; None on systems that have none: other C libraries, macOS, Windows."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(None)
        # Other C libraries, such as musl, may have a mallopt that does nothing, or means something else.
        library.gnu_get_libc_version  # noqa: B018
        return library.mallopt
    except (OSError, AttributeError):
        return None
