"""The workbench: a local web application in which ultrasound is segmented by clicking.

This room needs the extra ``serve`` as a whole; it is asked for here, once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ultrasam.extras import require

if TYPE_CHECKING:
    from ultrasam.server.app import create_app
    from ultrasam.server.settings import Settings
    from ultrasam.server.workbench import Workbench

for _package in ("fastapi", "uvicorn"):
    require(_package, needed_for="The workbench and its server")

#: Public name -> its module, imported when the name is first used: the rooms are used without the application, too.
_MODULES = {
    "Settings": "ultrasam.server.settings",
    "Workbench": "ultrasam.server.workbench",
    "create_app": "ultrasam.server.app",
}

__all__ = ["Settings", "Workbench", "create_app"]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
