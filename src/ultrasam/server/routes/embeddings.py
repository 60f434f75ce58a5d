"""What the model says about frames of the project's images."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from ultrasam.server.routes.parts import BYTES, Bench, FrameIndex, ImageId
from ultrasam.server.schemas.problems import problems
from ultrasam.server.schemas.segmenting import SegmentAnswer, SegmentRequest, Waiting

router = APIRouter(prefix="/images/{image_id}/frames/{index}", tags=["model"])


@router.get(
    "/embedding",
    response_class=Response,
    responses={
        200: {
            "content": {"application/octet-stream": BYTES},
            "description": "(1, 256, S/16, S/16) float32, little endian",
            "headers": {"X-Shape": {"schema": {"type": "string"}, "description": "Its shape, by commas"}},
        },
        202: {"model": Waiting, "description": "Not yet there: ask again"},
        **problems(404, 410, 503),
    },
)
async def get_embedding(
    bench: Bench,
    image_id: ImageId,
    index: FrameIndex,
    wait: Annotated[int, Query(ge=0, le=30_000, description="Longest time to wait, in milliseconds.")] = 2000,
    ahead: Annotated[bool, Query(description="For later: nobody waits for it.")] = False,
) -> Response:
    """Encode a frame, or say how many wait before it."""
    found = await bench.model.embedding(image_id, index, wait_s=0.0 if ahead else wait / 1000, ahead=ahead)
    if isinstance(found, Waiting):
        return JSONResponse(found.model_dump(by_alias=True), status_code=202)
    shape, content = found
    return Response(
        content, media_type="application/octet-stream", headers={"X-Shape": ",".join(str(side) for side in shape)}
    )


@router.post("/segment", response_model=SegmentAnswer, responses=problems(404, 410, 503))
async def segment_frame(bench: Bench, image_id: ImageId, index: FrameIndex, request: SegmentRequest) -> JSONResponse:
    """Outline objects on a frame."""
    # Megabytes of masks, made a moment ago as the model says: not checked once more.
    return JSONResponse(await bench.model.segment(image_id, index, request))
