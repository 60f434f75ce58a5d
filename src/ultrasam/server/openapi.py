"""``python -m ultrasam.server.openapi FILE`` writes the OpenAPI document, of which the page's types are made."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from ultrasam import __version__
from ultrasam.files import written_whole
from ultrasam.server.routes import api


def bare_application() -> FastAPI:
    """Make the application of all routes, without a workbench behind them."""
    application = FastAPI(
        title="UltraSam workbench",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=lambda route: route.name,
        # Nothing leaves the machine, whatever the environment asks of FastAPI; older versions of it ignore this.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    application.include_router(api())
    return application


def document() -> dict[str, Any]:
    """Give the OpenAPI document."""
    return bare_application().openapi()


def text() -> str:
    """Give the OpenAPI document as it is kept in ``web/openapi.json``: with version 0, which no release changes."""
    return json.dumps({**document(), "info": {"title": "UltraSam workbench", "version": "0"}}, indent=1) + "\n"


if __name__ == "__main__":
    with written_whole(Path(sys.argv[1])) as temporary:
        temporary.write_text(text())
