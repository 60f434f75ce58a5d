"""Changes of an annotation, their history, and who may make them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ultrasam.server.routes.parts import Bench, ImageId
from ultrasam.server.schemas.history import ChangeAnswer, History
from ultrasam.server.schemas.items import Change
from ultrasam.server.schemas.leases import LeaseAnswer, LeaseRequest, ReleaseRequest
from ultrasam.server.schemas.problems import problems

router = APIRouter(prefix="/images/{image_id}", tags=["annotations"])


@router.post("/changes", responses=problems(404, 409, 410, 507))
def make_change(bench: Bench, image_id: ImageId, change: Change) -> ChangeAnswer:
    """Keep a change; the same change sent again is answered as the first time."""
    return bench.annotations.change(image_id, change)


@router.get("/history", responses=problems(404))
def get_history(
    bench: Bench,
    image_id: ImageId,
    before: Annotated[int | None, Query(ge=0, lt=2**31, description="Only revisions before this one.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> History:
    """List what was changed, newest first."""
    return bench.annotations.history(image_id, before, limit)


@router.post("/lease", responses=problems(404))
def hold_image(bench: Bench, image_id: ImageId, request: LeaseRequest) -> LeaseAnswer:
    """Ask to write an image, or go on doing so; it lasts for 20 seconds."""
    return bench.annotations.lease(image_id, request)


@router.post("/lease/release", status_code=204, responses=problems(404))
def release_image(bench: Bench, image_id: ImageId, request: ReleaseRequest) -> Response:
    """Let others write an image."""
    bench.annotations.release(image_id, request)
    return Response(status_code=204)
