"""OpenVINO itself, and what the processor can with it."""

from __future__ import annotations

from functools import cache
from typing import Any

from ultrasam.extras import require

DEVICE = "CPU"


@cache
def core() -> Any:
    """The one core that a process needs.

    Raises:
        MissingExtraError: OpenVINO is not installed.
    """
    return require("openvino", needed_for="The backend openvino").Core()


def has_bf16() -> bool:
    """Whether this processor computes in bf16 itself.

    Raises:
        MissingExtraError: OpenVINO is not installed.
    """
    return "BF16" in core().get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")
