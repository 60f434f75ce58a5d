"""How the server is, and the decoder for the page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from ultrasam.server.refusals import Missing
from ultrasam.server.routes.parts import BYTES, Bench, unless_known
from ultrasam.server.schemas.problems import problems
from ultrasam.server.schemas.status import Status

router = APIRouter(tags=["status"])


@router.get("/status", responses=problems())
def get_status(bench: Bench) -> Status:
    """How the server is: model, decoder, queue, limits."""
    return bench.status()


@router.get(
    "/decoder.onnx",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": BYTES}, "description": "An ONNX graph"}, **problems(404)},
)
def get_decoder(bench: Bench, request: Request) -> Response:
    """Give the mask decoder without its last step, which upsamples.

    Inputs: image_embeddings, point_coords, point_labels, mask_input, has_mask_input. Outputs: low_res_masks,
    iou_predictions, tokens. 404 while it is being made, or where the page cannot decode.
    """
    decoder = bench.engine.decoder
    if decoder is None or decoder.content is None:
        state = bench.engine.decoder_state()
        raise Missing(f"The decoder is not there yet: {state.reason or 'it is being made'}.")
    content = decoder.content
    return unless_known(request, f'"{decoder.sha256}"', lambda: content, "application/octet-stream")
