"""Where things are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir(kind: str) -> Path:
    """Folder for one kind of cached thing (``"weights"``, ``"embeddings"``); it need not exist yet.

    ``$ULTRASAM_CACHE`` names the root; otherwise it is ``ultrasam`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.
    """
    root = os.environ.get("ULTRASAM_CACHE")
    if root:
        return Path(root).expanduser() / kind
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base).expanduser() if base else Path.home() / ".cache") / "ultrasam" / kind
