"""Masks and low-resolution logits as JSON, both ways, without losing a bit."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np

from ultrasam.errors import InputError, PromptError
from ultrasam.imaging.rle import mask_to_rle, rle_to_mask
from ultrasam.types import LowResLogits, Mask

#: How logits travel: float32, little endian.
_FLOAT32 = np.dtype("<f4")


def mask_to_json(mask: Mask) -> dict[str, Any]:
    """``{"size": [H, W], "counts": str}``, COCO's compressed run-length encoding, of ``(H, W)`` bool."""
    return mask_to_rle(mask)


def mask_from_json(value: Any, size_hw: tuple[int, int]) -> Mask:
    """The mask ``(H, W)`` bool of an image of ``size_hw``.

    Raises:
        PromptError: it has another size, or is damaged.
    """
    if not isinstance(value, dict) or not isinstance(value.get("counts"), str):
        raise PromptError("Expected a mask as COCO's compressed run-length encoding (size, counts), but got none.")
    size = value.get("size")
    # Before it is unpacked: a few characters can claim any number of pixels.
    if not isinstance(size, list | tuple) or [*size] != [*size_hw]:
        raise PromptError(
            f"Expected a mask prompt of the image's size {size_hw[0]} x {size_hw[1]} (rows x columns), but got {size}."
        )
    try:
        return rle_to_mask({"size": list(size_hw), "counts": value["counts"]})
    except (InputError, OverflowError) as error:
        raise PromptError(str(error)) from error


def logits_to_json(logits: LowResLogits) -> dict[str, Any]:
    """``{"shape": [h, w], "float32": base64}`` of ``(h, w)`` float32."""
    numbers = np.ascontiguousarray(logits, _FLOAT32).tobytes()
    return {"shape": list(logits.shape), "float32": base64.b64encode(numbers).decode("ascii")}


def logits_from_json(value: Any) -> LowResLogits:
    """The logits ``(h, w)`` float32.

    Raises:
        PromptError: they are no such numbers.
    """
    try:
        height, width = value["shape"]
        if height < 1 or width < 1:
            raise ValueError
        numbers = np.frombuffer(base64.b64decode(value["float32"], validate=True), _FLOAT32)
        return numbers.reshape(height, width).astype(np.float32)
    except (KeyError, TypeError, ValueError, OverflowError, binascii.Error) as error:
        raise PromptError(
            "Expected logits as shape [h, w] and h * w little-endian float32 numbers in base64, but they do not fit."
        ) from error
