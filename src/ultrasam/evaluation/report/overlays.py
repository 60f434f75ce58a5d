"""Pictures of the best, median and worst answers, small enough to stand in a page."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ultrasam.errors import UltraSamError
from ultrasam.evaluation.examples import Example
from ultrasam.evaluation.report.wording import number
from ultrasam.imaging import read, rle_to_mask
from ultrasam.imaging.overlay import PALETTE, draw_overlay
from ultrasam.types import Prompts

#: Longer side of a picture in pixels, and its JPEG quality: sixty of them are about two megabytes.
SIDE, _QUALITY = 420, 80
_SKY, _ORANGE, _YELLOW = PALETTE[:3]
#: What each colour of a picture means.
LEGEND = tuple(
    (words, f"#{red:02x}{green:02x}{blue:02x}")
    for words, (red, green, blue) in (("answer", _SKY), ("truth", _ORANGE), ("box", _YELLOW))
)
#: Width of outlines as a share of the longer side: seen at half the width of a phone.
LINE = 1 / 210


@dataclass(frozen=True)
class Picture:
    """One example, drawn.

    Attributes:
        rank: why it is shown, as best, median or worst.
        caption: what is seen.
        data_uri: a JPEG; empty where it could not be drawn.
        trouble: why not; empty where it could.
        size_wh: of the JPEG.
    """

    rank: str
    caption: str
    data_uri: str = ""
    trouble: str = ""
    size_wh: tuple[int, int] = (0, 0)


def draw_example(example: Example) -> Picture:
    """Draw an example, or say why that was not possible."""
    caption = f"{example.image}, {example.category}, Dice {number(example.dice)}"
    if "mask" in example.prompt:
        caption += f"; the prompt's {example.prompt['mask']} is not drawn"
    return drawn(example.rank, caption, example.path, lambda: _draw(example))


def drawn(rank: str, caption: str, path: str, draw: Callable[[], Image.Image], *, side: int = SIDE) -> Picture:
    """A picture for a page, or why there is none: a report is no place to fail for a moved image.

    Args:
        rank: why it is shown.
        caption: what is seen.
        path: of the image's file.
        draw: gives the picture, of any size.
        side: its longer side on the page, in pixels.
    """
    try:
        picture = draw()
    except (UltraSamError, OSError) as error:
        # A report is sent to others: of where a file lay, they see its name.
        return Picture(rank, caption, trouble=str(error).replace(path, Path(path).name))
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, format="JPEG", quality=_QUALITY, optimize=True)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return Picture(rank, caption, f"data:image/jpeg;base64,{data}", size_wh=picture.size)


def example_prompts(record: dict[str, Any]) -> Prompts | None:
    """The points and the box of a prompt as it stands in the records; None where it has neither."""
    points, box = record.get("points_xy"), record.get("box_xyxy")
    if not points and box is None:
        return None
    return Prompts(points_xy=points, labels=record.get("labels"), box_xyxy=box)


def _draw(example: Example) -> Image.Image:
    prompts = example_prompts(example.prompt)
    pixels = read(example.path).frame(0).pixels
    size_hw = list(example.size_hw)
    truth, answer = (rle_to_mask({"size": size_hw, "counts": counts}) for counts in (example.truth, example.mask))
    # The prompt is drawn as of an object without a mask, which gives it a colour of its own.
    masks = [np.zeros_like(truth), truth, answer]
    asked = [] if prompts is None else [prompts]
    return draw_overlay(pixels, masks, asked, colours=(_YELLOW, _ORANGE, _SKY), line=LINE)
