"""The routes under ``/api``, a file for each topic; what they do lies in the rooms beside."""

from __future__ import annotations

from fastapi import APIRouter

from ultrasam.server.routes import changes, embeddings, exports, frames, images, labels, sessions, status


def api() -> APIRouter:
    """Make the router of all routes."""
    router = APIRouter(prefix="/api")
    for topic in (status, images, frames, embeddings, changes, labels, exports, sessions):
        router.include_router(topic.router)
    return router
