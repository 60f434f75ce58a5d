"""What operators and machines write on an image: calipers, dotted lines, text."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ultrasam.training.augmentation.augmentation import Appearance, Probability
from ultrasam.training.augmentation.ranges import Counts, within
from ultrasam.types import Pixels

_Ink: TypeAlias = int | tuple[int, int, int]

#: White, yellow, green, cyan: what machines draw in.
_COLOURS = ((255, 255, 255), (255, 230, 40), (60, 255, 80), (80, 230, 255))
#: ``#`` stands for a digit.
_WORDS = (
    "LT", "RT", "SAG", "TRANS", "LONG", "LT #:00 #CM FN", "RT LOBE", "+ #.## cm", "D1 #.## cm", "D2 ##.# mm",
    "Dist #.## cm", "1 L #.## cm", "GA ##w#d", "FR ##Hz", "TIS 0.#  MI 1.#", "Gn ##", "DR ##", "##/##/20##", "##:##:##",
)  # fmt: skip
_LETTER_SIZE = (0.02, 0.04)
_ARM_SIZE = (0.008, 0.018)


class Overlays(Appearance):
    """Pairs of calipers, some joined by a dotted line, and short texts, at random places.

    Data sets hold images with calipers at the ends of the very objects that are annotated. Calipers that mean nothing
    keep a network from following them. On a grey image they are grey.
    """

    probability: Probability = 0.2
    #: How many pairs of calipers.
    calipers: Annotated[Counts, within(0, 10)] = (0, 2)
    #: How many texts.
    texts: Annotated[Counts, within(0, 10)] = (0, 3)

    def repaint(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Pixels with signs drawn over them."""
        pairs, texts = (int(rng.integers(low, high, endpoint=True)) for low, high in (self.calipers, self.texts))
        picture = Image.fromarray(pixels).copy()
        colour = _COLOURS[rng.integers(len(_COLOURS))]
        ink: _Ink = colour if picture.mode == "RGB" else round(float(np.dot(colour, (0.299, 0.587, 0.114))))
        draw = ImageDraw.Draw(picture)
        for _ in range(pairs):
            _draw_calipers(draw, picture.size, ink, rng)
        for _ in range(texts):
            _draw_text(draw, picture.size, ink, rng)
        return np.asarray(picture)


def _draw_calipers(draw: ImageDraw.ImageDraw, size_wh: tuple[int, int], ink: _Ink, rng: np.random.Generator) -> None:
    """Two crosses, upright or oblique, some with dots between them."""
    ends_xy = rng.uniform(0.1, 0.9, (2, 2)) * size_wh
    arm = max(2.0, rng.uniform(*_ARM_SIZE) * max(size_wh))
    line = max(1, round(arm / 5))
    turn = math.pi / 4 * float(rng.integers(2))
    is_joined = rng.random() < 0.5
    for x, y in ends_xy.tolist():
        for angle in (turn, turn + math.pi / 2):
            dx, dy = arm * math.cos(angle), arm * math.sin(angle)
            draw.line((x - dx, y - dy, x + dx, y + dy), fill=ink, width=line)
    if is_joined:
        dots = max(2, int(math.dist(*ends_xy.tolist()) / arm))
        for x, y in np.linspace(ends_xy[0], ends_xy[1], dots).round().tolist():
            draw.rectangle((x, y, x + line - 1, y + line - 1), fill=ink)


def _draw_text(draw: ImageDraw.ImageDraw, size_wh: tuple[int, int], ink: _Ink, rng: np.random.Generator) -> None:
    """A few letters and digits, more often near the image's borders than in its middle."""
    words = _WORDS[rng.integers(len(_WORDS))]
    words = "".join(str(rng.integers(10)) if letter == "#" else letter for letter in words)
    font = _font(max(8, round(rng.uniform(*_LETTER_SIZE) * max(size_wh))))
    _, _, width, height = font.getbbox(words)
    x, y = rng.beta(0.5, 0.5, 2) * (max(size_wh[0] - width, 0), max(size_wh[1] - height, 0))
    draw.text((x, y), words, fill=ink, font=font)


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
