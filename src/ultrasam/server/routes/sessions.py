"""Images of Python clients (``ultrasam.connect``): encoded, prompted, and not kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from ultrasam.server.routes.parts import BYTES, Bench
from ultrasam.server.schemas.problems import problems
from ultrasam.server.schemas.segmenting import SegmentAnswer, SegmentRequest
from ultrasam.server.schemas.sessions import SessionAnswer

router = APIRouter(prefix="/sessions", tags=["sessions"])
SessionId = Annotated[str, Path(max_length=100, description="Identifier of a session.")]


@router.post(
    "",
    status_code=201,
    responses=problems(503),
    openapi_extra={"requestBody": {"required": True, "content": {"image/png": BYTES}}},
)
async def open_session(bench: Bench, request: Request) -> SessionAnswer:
    """Encode the pixels of a PNG of 8 bits, grey or RGB."""
    return await bench.model.open_session(await request.body())


@router.post("/{session_id}/segment", response_model=SegmentAnswer, responses=problems(410, 503))
async def segment_session(bench: Bench, session_id: SessionId, request: SegmentRequest) -> JSONResponse:
    """Outline objects on the image of a session."""
    # Megabytes of masks, made a moment ago as the model says: not checked once more.
    return JSONResponse(await bench.model.segment_session(session_id, request))


@router.delete("/{session_id}", status_code=204, responses=problems())
def close_session(bench: Bench, session_id: SessionId) -> Response:
    """Forget an image."""
    bench.model.close_session(session_id)
    return Response(status_code=204)
