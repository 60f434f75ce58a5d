"""What routes are given: the workbench, and parts of addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Path, Request, Response

if TYPE_CHECKING:
    from ultrasam.server.workbench import Workbench


def _workbench(request: Request) -> Any:
    return request.app.state.workbench


if TYPE_CHECKING:
    Bench = Workbench
else:
    Bench = Annotated[Any, Depends(_workbench)]

ImageId = Annotated[str, Path(max_length=100, description="Identifier of an image.")]
FrameIndex = Annotated[int, Path(ge=0, lt=2**31, description="Frame of a cine or slice of a volume, from 0.")]

#: How OpenAPI documents bytes.
BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


def unless_known(request: Request, etag: str, content: Callable[[], bytes], media_type: str) -> Response:
    """What ``etag`` names, made only where the client does not have it; else 304."""
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known:
        return Response(status_code=304, headers={"ETag": etag})
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    return Response(content(), media_type=media_type, headers=headers)
