"""The command line's words as values: points, boxes, spacing, formats; or a sentence that says how to write them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ultrasam.errors import InputError, PromptError

if TYPE_CHECKING:
    from ultrasam.inference.outputs import OutputFormat
    from ultrasam.inference.prompt_file import FramePrompt
    from ultrasam.types import SpacingXY

#: A pixel of this size would show a whole person; more is a mistake, in the unit perhaps.
MAX_SPACING_MM = 100
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_UNITS_S = (86_400, 3_600, 60, 1)


def parse_formats(text: str) -> list[OutputFormat]:
    """``"png,coco"`` as output formats.

    Raises:
        InputError: an unknown one.
    """
    from ultrasam.inference.outputs import OutputFormat

    known = {kind.value: kind for kind in OutputFormat}
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise InputError(f"Expected --format with any of {', '.join(known)}, but got {text!r}.")
    return [known[name] for name in names]


def parse_spacing(text: str) -> SpacingXY:
    """``"0.1"`` or ``"0.1,0.2"`` as (x, y) mm per pixel.

    Raises:
        InputError: no positive numbers.
    """
    values = _numbers(text, "--spacing")
    if len(values) not in (1, 2) or not all(0 < value < MAX_SPACING_MM for value in values):
        raise InputError(
            f"Expected --spacing as one or two numbers of mm (x, y) above 0 and below {MAX_SPACING_MM}, "
            f"but got {text!r}."
        )
    return values[0], values[-1]


def parse_point(text: str) -> tuple[float, float, int]:
    """``"420,300"``, ``"420,300,+"`` or ``"520,310,-"`` as x, y and label.

    Raises:
        PromptError: anything else.
    """
    *numbers, last = text.split(",")
    signs = {"+": 1, "-": 0, "1": 1, "0": 0}
    label = 1
    if len(numbers) == 2:
        if last.strip() not in signs:
            raise PromptError(f"Expected --point X,Y or X,Y,- (outside the object), but got {text!r}.")
        label = signs[last.strip()]
    else:
        numbers.append(last)
    values = _numbers(",".join(numbers), "--point")
    if len(values) != 2:
        raise PromptError(f"Expected --point X,Y or X,Y,- (outside the object), but got {text!r}.")
    return values[0], values[1], label


def parse_prompts(boxes: list[str], points: list[str], mask: Path | None) -> list[FramePrompt]:
    """The command line's prompts: one object, or one per box."""
    if not (boxes or points or mask):
        return []
    from ultrasam.imaging import read_mask
    from ultrasam.inference.prompt_file import FramePrompt
    from ultrasam.types import Prompts

    if len(boxes) > 1:
        if points or mask:
            raise PromptError(
                "Expected one --box where --point or --mask is given too: of several boxes it is not known which "
                "one they belong to. Give such objects in a prompts file (--prompts)."
            )
        return [FramePrompt(Prompts(box_xyxy=_numbers(box, "--box"))) for box in boxes]
    parsed = [parse_point(point) for point in points]
    return [
        FramePrompt(
            Prompts(
                points_xy=[(x, y) for x, y, _ in parsed],
                labels=[label for _, _, label in parsed],
                box_xyxy=_numbers(boxes[0], "--box") if boxes else None,
                mask=read_mask(mask) if mask else None,
            )
        )
    ]


def quoted(value: str | list[str]) -> str:
    """As YAML that reads back as it is, whatever signs are in it."""
    return json.dumps(value, ensure_ascii=False)


def seconds_of(text: str) -> float:
    """``"1h30m"`` in seconds.

    Raises:
        InputError: it is no duration.
    """
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        raise InputError(f"Expected a time such as 90s, 10m, 2h30m or 1d, but got {text!r}.")
    return float(sum(int(number or 0) * unit for number, unit in zip(found.groups(), _UNITS_S, strict=True)))


def _numbers(text: str, option: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise PromptError(f"Expected numbers separated by commas for {option}, but got {text!r}.") from error
