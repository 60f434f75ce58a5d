"""The workbench: a local web application in which ultrasound is segmented by clicking.

This room needs the extra ``serve`` as a whole; it is asked for here, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ultrasam.extras import check_installed
from ultrasam.lazy import imported_on_use

if TYPE_CHECKING:
    from ultrasam.server.app import create_app
    from ultrasam.server.settings import Settings
    from ultrasam.server.workbench import Workbench

check_installed("fastapi", "uvicorn", needed_for="The workbench and its server")

__all__ = ["Settings", "Workbench", "create_app"]

# The rooms are used without the application, too.
__getattr__ = imported_on_use(
    __name__,
    {
        "Settings": "ultrasam.server.settings",
        "Workbench": "ultrasam.server.workbench",
        "create_app": "ultrasam.server.app",
    },
)
