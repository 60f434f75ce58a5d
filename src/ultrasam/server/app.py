"""The application: routes, the page, and what stands before them."""

from __future__ import annotations

from fastapi import FastAPI

from ultrasam.server.access import Access
from ultrasam.server.bodies import LimitedBodies
from ultrasam.server.failures import Unforeseen, say_failures
from ultrasam.server.headers import Compressed, SafeHeaders
from ultrasam.server.openapi import bare_application
from ultrasam.server.page import Page
from ultrasam.server.workbench import Workbench


def create_app(workbench: Workbench) -> FastAPI:
    """Make the application of a workbench; who made the workbench closes it."""
    application = bare_application()
    application.state.workbench = workbench
    application.router.default = Page()
    say_failures(application)
    # The last one added is the first that a request meets.
    application.add_middleware(Compressed)
    application.add_middleware(LimitedBodies)
    application.add_middleware(Access, settings=workbench.settings)
    application.add_middleware(Unforeseen)
    application.add_middleware(SafeHeaders)
    return application
