"""Which of a run's processes this is: one of them alone writes and speaks."""

from __future__ import annotations

import os

from pytorch_lightning.utilities import rank_zero_only


def is_first_process() -> bool:
    """Whether this process is the first of its run, or the only one."""
    # A launcher of several machines sets the node's number before any process has a rank.
    return not int(getattr(rank_zero_only, "rank", 0) or 0) and not int(os.environ.get("NODE_RANK", 0))
