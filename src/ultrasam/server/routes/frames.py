"""Pictures of frames, and measures of masks on them."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from ultrasam.server.library.pictures import THUMBNAIL_TYPE
from ultrasam.server.routes.parts import BYTES, Bench, FrameIndex, ImageId, unless_known
from ultrasam.server.schemas.measuring import MeasureAnswer, MeasureRequest
from ultrasam.server.schemas.problems import problems

router = APIRouter(prefix="/images/{image_id}", tags=["frames"])


@router.get(
    "/thumbnail",
    response_class=Response,
    responses={
        200: {"content": {THUMBNAIL_TYPE: BYTES}, "description": "A picture"},
        **problems(404, 410),
    },
)
async def get_thumbnail(bench: Bench, request: Request, image_id: ImageId) -> Response:
    """Give the first frame, 160 pixels at its longer side."""

    def work() -> Response:
        place = bench.images.place(image_id)
        picture = partial(bench.library.thumbnail, place.path)
        return unless_known(request, place.etag("thumbnail"), picture, THUMBNAIL_TYPE)

    return await bench.reading.thumbnails(work)


@router.get(
    "/frames/{index}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": BYTES}, "description": "A picture"}, **problems(404, 410)},
)
async def get_frame(bench: Bench, request: Request, image_id: ImageId, index: FrameIndex) -> Response:
    """Give a frame without loss."""

    def work() -> Response:
        place = bench.images.place(image_id)
        picture = partial(bench.library.frame_png, place.path, index)
        return unless_known(request, place.etag(str(index)), picture, "image/png")

    return await bench.reading.frames(work)


@router.post("/frames/{index}/measure", responses=problems(404, 410))
async def measure_masks(bench: Bench, image_id: ImageId, index: FrameIndex, request: MeasureRequest) -> MeasureAnswer:
    """Measure masks, in mm where the image is calibrated."""
    return await bench.reading.frames(partial(bench.measured, image_id, index, request))
