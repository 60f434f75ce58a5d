"""Images of a Python client: nothing of them is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ultrasam.server.schemas.base import Wire


class SessionAnswer(Wire):
    """An image that can be prompted.

    Attributes:
        id: its identifier, until it makes room for others.
        size_hw: ``(height, width)`` in pixels.
    """

    id: str
    size_hw: Annotated[list[int], Field(min_length=2, max_length=2)]
