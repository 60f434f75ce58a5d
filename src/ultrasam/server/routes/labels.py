"""What structures are called."""

from __future__ import annotations

from fastapi import APIRouter

from ultrasam.server.routes.parts import Bench
from ultrasam.server.schemas.labels import LabelsAnswer, LabelsRequest
from ultrasam.server.schemas.problems import problems

router = APIRouter(prefix="/labels", tags=["labels"])


@router.get("", responses=problems())
def get_labels(bench: Bench) -> LabelsAnswer:
    """List the labels, with the number of objects that have each."""
    return bench.annotations.labels()


@router.put("", responses=problems(409, 507))
def put_labels(bench: Bench, request: LabelsRequest) -> LabelsAnswer:
    """Put another list in the place of the labels; one that objects have must stay."""
    return bench.annotations.put_labels(request)
