"""Which frames of a file are wanted, and for which prompts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ultrasam.errors import InputError, PromptError
from ultrasam.inference.prompt_file import FramePrompt


def objects_by_frame(prompts: Sequence[FramePrompt], frame_count: int, frames: str | None) -> dict[int, list[int]]:
    """Which objects (numbers of prompts, from 1) are wanted in which frame, frames in ascending order.

    Raises:
        InputError: ``frames`` is no number, ``"all"`` or slice, or there is no such frame.
        PromptError: there is no prompt at all.
    """
    if not prompts:
        raise PromptError("Expected at least one prompt for this file, but got none.")
    plan: dict[int, list[int]] = {}
    for number, prompt in enumerate(prompts, 1):
        own = None if prompt.frame is None else str(prompt.frame)
        for index in select_frames(own or frames, frame_count):
            plan.setdefault(index, []).append(number)
    return dict(sorted(plan.items()))


def select_frames(spec: str | None, count: int) -> range:
    """Frame numbers that ``"3"``, ``"-1"``, ``"all"``, ``"0:20:2"`` or None (the first) mean.

    Raises:
        InputError: anything else, or no such frame among ``count``.
    """
    if spec is None or spec == "all":
        return range(count if spec else 1)
    if re.fullmatch(r"-?\d+", spec) and -count <= int(spec) < count:
        return range(int(spec) % count, int(spec) % count + 1)
    if re.fullmatch(r"(-?\d+)?:(-?\d+)?(:[1-9]\d*)?", spec):
        chosen = range(count)[slice(*(int(part) if part else None for part in spec.split(":")))]
        if len(chosen):
            return chosen
    raise InputError(f'Expected a frame from 0 to {count - 1}, "all" or a range such as 0:20:2, but got {spec!r}.')
