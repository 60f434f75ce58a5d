"""The sizes that a network's square input may have."""

from __future__ import annotations

from ultrasam.errors import InputError

#: Side in pixels at which SAM and all that came from it were trained.
SAM_INPUT_SIZE = 1024
#: Whole patches of 16 pixels, and whole grids after TinyViT's further halvings.
STEP = 64
#: Above it attention over the whole image takes tens of gigabytes, for details that no training showed.
MAX_INPUT_SIZE = 4096


def is_input_size(side: int) -> bool:
    """Whether a network's input may be ``side`` pixels high and wide."""
    return STEP <= side <= MAX_INPUT_SIZE and side % STEP == 0


def check_input_size(side: int) -> None:
    """Pass if a network's input may be ``side`` pixels high and wide.

    Raises:
        InputError: it may not.
    """
    if not is_input_size(side):
        raise InputError(
            f"Expected input_size to be a multiple of {STEP} from {STEP} to {MAX_INPUT_SIZE}, but got {side}."
        )
