"""The list of images, uploads, and all about one image."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ultrasam.server.routes.parts import BYTES, Bench, ImageId
from ultrasam.server.schemas.images import ImageDetail, ImageList, ImageSummary, Rescan
from ultrasam.server.schemas.items import State
from ultrasam.server.schemas.problems import problems

router = APIRouter(prefix="/images", tags=["images"])


@router.get("", responses=problems())
def list_images(
    bench: Bench,
    search: Annotated[str, Query(max_length=1000, description="Part of a name.")] = "",
    state: Annotated[State | None, Query(description="Only images of this state.")] = None,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=0, le=1000)] = 200,
) -> ImageList:
    """List images in natural order of their names."""
    return bench.images.listed(search=search, state=state, offset=offset, limit=limit)


@router.post("/rescan", responses=problems())
async def rescan_images(bench: Bench) -> Rescan:
    """Look through the folder again."""
    return await bench.reading.frames(bench.images.rescan)


@router.post(
    "",
    status_code=201,
    responses=problems(507),
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": BYTES}}},
)
async def upload_image(
    bench: Bench, request: Request, name: Annotated[str, Query(min_length=1, max_length=1000)]
) -> ImageSummary:
    """Take a file as it is in the request's body."""
    announced = request.headers.get("content-length", "")
    return await bench.images.uploaded(name, request.stream(), int(announced) if announced.isdecimal() else None)


@router.get("/{image_id}", response_model=ImageDetail, responses=problems(404, 410))
async def get_image(bench: Bench, image_id: ImageId) -> Response:
    """All about one image, and its annotation."""

    def work() -> Response:
        # Masks may be megabytes: written in this thread, and not checked once more.
        return Response(bench.images.detail(image_id).model_dump_json(by_alias=True), media_type="application/json")

    return await bench.reading.frames(work)


@router.delete("/{image_id}", status_code=204, responses=problems(404, 409))
def delete_image(bench: Bench, image_id: ImageId) -> Response:
    """Remove an upload that has no annotation."""
    bench.images.remove(image_id)
    return Response(status_code=204)
