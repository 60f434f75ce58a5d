"""What each pipeline does around the network, in words and numbers for readers that have no ultrasam."""

from __future__ import annotations

from typing import Any

from ultrasam.inference.pixels import PIXEL_MEAN, PIXEL_STD
from ultrasam.modeling.prompts import PromptLabel
from ultrasam.weights import Pipeline

_PROPORTIONS = (
    "the longer side becomes S = {size} pixels, the shorter max(1, int(side * S / longer{rounding})): the "
    "proportions stay"
)
_RESIZE: dict[Pipeline, tuple[str, str]] = {
    "sam": (_PROPORTIONS, "bilinear with antialiasing, as Pillow's resize(..., BILINEAR), on 8-bit values"),
    "medsam": (
        "both sides become S = {size} pixels, whatever the proportions",
        "bicubic with antialiasing, as Pillow's resize(..., BICUBIC), on 8-bit values",
    ),
    "ultrasam": (_PROPORTIONS, "bilinear without antialiasing, as OpenCV's resize(..., INTER_LINEAR), on 8-bit values"),
}
_FINISH: dict[Pipeline, str] = {
    "sam": (
        "low-resolution logits are enlarged to S x S bilinearly (align_corners False), cut to the resized image, "
        "resized to the original size bilinearly, and inside where above 0"
    ),
    "medsam": (
        "probabilities (the logits' sigmoid) are resized from S/4 x S/4 to the original size in one bilinear step, "
        "and inside where above 0.5"
    ),
    "ultrasam": (
        "low-resolution logits become 1 where above 0, else 0; these are enlarged to S x S bilinearly, cut to the "
        "resized image, resized to the original size bilinearly, and inside where above 0"
    ),
}
_ANSWER: dict[Pipeline, str] = {
    "sam": (
        "take mask 0, the answer where one mask is wanted; 1 to 3 are alternatives for an ambiguous prompt, of which "
        "the best has the highest iou_predictions"
    ),
    "medsam": "take mask 0; the other three were not trained",
    "ultrasam": (
        "two passes: mask 0's low_res_masks of the first pass go back as mask_input, with the tight box of its mask "
        "(model's frame, minus 0.5) in place of a single point; then take the best of masks 1 to 3 by iou_predictions"
    ),
}
#: What the official network's weights answer with, where they were trained without a second pass.
_ONE_PASS = "one pass; take the best of masks 1 to 3 by iou_predictions; mask_input means nothing to these weights"

_LABELS = {
    PromptLabel.PADDING: "empty slot, which changes nothing: for prompts of different length in one batch",
    PromptLabel.NOT_A_POINT: "no point: follows the points of an object that has no box, with coordinates (0, 0)",
    PromptLabel.NEGATIVE_POINT: "point outside the object",
    PromptLabel.POSITIVE_POINT: "point inside the object",
    PromptLabel.BOX_LEFT_TOP: "left upper corner of the box",
    PromptLabel.BOX_RIGHT_BOTTOM: "right lower corner of the box",
}


def image_preparation(pipeline: Pipeline, input_size: int) -> dict[str, Any]:
    """From an image to ``images``: words, and numbers where there are any."""
    size, interpolation = _RESIZE[pipeline]
    is_unit = pipeline == "medsam"
    return {
        "colours": "RGB, 0 to 255; a grey value stands in all three channels",
        "size": size.format(size=input_size, rounding=" + 0.5" if pipeline == "sam" else ""),
        "interpolation": interpolation,
        "values": (
            "(value - lowest) / (highest - lowest) of the resized image, all channels together: 0 to 1"
            if is_unit
            else "(value - mean) / std of the channel"
        ),
        "mean": None if is_unit else list(PIXEL_MEAN),
        "std": None if is_unit else list(PIXEL_STD),
        "padding": "none" if is_unit else "zeros, after the values are normalised, to the right and below: S x S",
    }


def prompt_preparation() -> dict[str, Any]:
    """From a user's prompt to the decoder's inputs."""
    return {
        "coordinates": (
            "x of the original image times resized width / original width, y alike: pixels of the model's frame; no "
            "half pixel is added, as the network does that"
        ),
        "labels": {str(int(label)): words for label, words in _LABELS.items()},
        "mask_input": "low_res_masks of an earlier answer, or zeros with has_mask_input 0",
        "objects": (
            "one row is one object; image_embeddings of one image serve all rows, those of N images one row each"
        ),
    }


def mask_words(pipeline: Pipeline, *, takes_mask_prompts: bool = True) -> dict[str, str]:
    """From the decoder's outputs to an answer."""
    one_pass = pipeline == "ultrasam" and not takes_mask_prompts
    return {"choice": _ONE_PASS if one_pass else _ANSWER[pipeline], "finish": _FINISH[pipeline]}
