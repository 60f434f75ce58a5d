"""What leaves the workbench, as one archive."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from ultrasam.server.routes.parts import BYTES, Bench
from ultrasam.server.schemas.problems import problems

router = APIRouter(tags=["export"])


@router.get(
    "/export",
    response_class=Response,
    responses={200: {"content": {"application/zip": BYTES}, "description": "A zip archive"}, **problems(503, 507)},
)
async def export_project(
    bench: Bench,
    formats: Annotated[str, Query(max_length=100, description="coco, png, nifti, csv, by commas.")] = "coco",
    states: Annotated[str, Query(max_length=100, description="new, in work, done, by commas.")] = "in work,done",
) -> Response:
    """Export the annotations as an archive."""
    archive = await bench.exports.archive(formats.split(","), states.split(","))
    headers = {
        "Content-Length": str(archive.size),
        "Content-Disposition": f'attachment; filename="{archive.name}"',
    }
    return StreamingResponse(archive.chunks(), media_type="application/zip", headers=headers)
