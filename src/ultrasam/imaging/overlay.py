"""A picture of a result: the image with outlines, prompts and captions, made to be looked at."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ultrasam.errors import InputError
from ultrasam.files import written_whole
from ultrasam.types import BoxXYXY, Mask, Pixels, Prompts

Colour: TypeAlias = tuple[int, int, int]

#: Colours that people with any colour vision tell apart (Okabe and Ito 2008), best on grey first.
PALETTE: tuple[Colour, ...] = (
    (86, 180, 233),  # sky blue
    (230, 159, 0),  # orange
    (240, 228, 66),  # yellow
    (204, 121, 167),  # reddish purple
    (0, 158, 115),  # bluish green
    (213, 94, 0),  # vermilion
)
_INSIDE: Colour = (0, 158, 115)
_OUTSIDE: Colour = (213, 94, 0)
_WHITE: Colour = (255, 255, 255)
_BLACK: Colour = (0, 0, 0)
_FILL_OPACITY, _SEAM_OPACITY = 0.2, 0.5
#: Smaller images are enlarged by a whole number until their longer side has this many pixels.
_SMALLEST_SIDE = 640
#: Discs and signs are drawn this much larger and then reduced, which smooths their edges.
_OVERSAMPLING = 4
_RAISED = {"²": "2", "³": "3"}
#: Pillow's own, 6, takes five times as long for a file that is 6 % smaller.
_COMPRESSION = 3


def write_overlay(
    path: str | os.PathLike[str],
    pixels: Pixels,
    masks: Sequence[Mask],
    prompts: Sequence[Prompts | None] = (),
    captions: Sequence[str] = (),
    *,
    colours: Sequence[Colour] = PALETTE,
) -> None:
    """Draw as :func:`draw_overlay` does, and write the picture as PNG.

    Args:
        path: the PNG.
        pixels: ``(H, W)`` or ``(H, W, 3)`` uint8.
        masks: ``(H, W)`` bool, one per object.
        prompts: what was asked for each object, if anything, in the order of ``masks``; may be left out.
        captions: a few words for each object, in the order of ``masks``; may be left out.
        colours: of the objects, in the order of ``masks``; with more objects they begin anew.

    Raises:
        InputError: a mask's size is not that of the image, or there are more prompts or captions than masks.
    """
    picture = draw_overlay(pixels, masks, prompts, captions, colours=colours)
    with written_whole(path) as temporary:
        picture.save(temporary, format="PNG", compress_level=_COMPRESSION)


def draw_overlay(
    pixels: Pixels,
    masks: Sequence[Mask],
    prompts: Sequence[Prompts | None] = (),
    captions: Sequence[str] = (),
    *,
    colours: Sequence[Colour] = PALETTE,
    line: float | None = None,
) -> Image.Image:
    """Draw masks and what was asked onto an image.

    Each object has a colour of its own for a translucent fill, a smooth outline, its box and its caption.
    Points are green with a plus (inside) or red with a minus (outside). Lines grow with the image; an image
    smaller than 640 pixels is enlarged by a whole factor.

    Args:
        pixels: ``(H, W)`` or ``(H, W, 3)`` uint8.
        masks: ``(H, W)`` bool, one per object.
        prompts: what was asked for each object, if anything, in the order of ``masks``; may be left out.
        captions: a few words for each object, in the order of ``masks``; may be left out.
        colours: of the objects, in the order of ``masks``; with more objects they begin anew.
        line: width of an outline as a share of the picture's longer side; None: what suits a picture shown as it is.

    Returns:
        RGB, as large as the image or a whole factor larger.

    Raises:
        InputError: a mask's size is not that of the image, or there are more prompts or captions than masks.
    """
    for mask in masks:
        if mask.shape != pixels.shape[:2]:
            raise InputError(f"Expected masks of the image's size {pixels.shape[:2]}, but got {mask.shape}.")
    if len(prompts) > len(masks) or len(captions) > len(masks):
        raise InputError(
            f"Expected at most one prompt and one caption for each of the {len(masks)} masks, "
            f"but got {len(prompts)} prompts and {len(captions)} captions."
        )
    canvas = _Canvas(pixels, line)
    of_object = [colours[i % len(colours)] for i in range(len(masks))]
    for mask, colour in zip(masks, of_object, strict=True):
        canvas.draw_mask(mask, colour)
    for caption, mask, colour in zip(captions, masks, of_object, strict=False):
        canvas.draw_caption(caption, mask, colour)
    for prompt, colour in zip(prompts, of_object, strict=False):
        if prompt is not None:
            canvas.draw_prompts(prompt, colour)
    return canvas.picture


class _Canvas:
    """The picture while it is drawn."""

    def __init__(self, pixels: Pixels, line: float | None = None) -> None:
        height, width = pixels.shape[:2]
        self.scale = max(1, -(-_SMALLEST_SIDE // max(height, width)))
        size = (width * self.scale, height * self.scale)
        self.picture = Image.fromarray(pixels).convert("RGB").resize(size, Image.Resampling.BICUBIC)
        #: Width of an outline in pixels of the canvas; all other sizes are multiples of it.
        self.line = max(2.4, max(size) / 380) if line is None else line * max(size)
        self._captions: list[BoxXYXY] = []

    def draw_mask(self, mask: Mask, colour: Colour) -> None:
        """Fill, dark seam, outline: each a band of the distance to the mask's edge."""
        # Wide enough to round off the corners of enlarged pixels as well.
        blur = max(0.6 * self.line, 0.8 * self.scale)
        enlarged = Image.fromarray(mask.astype(np.uint8) * 255).resize(self.picture.size, Image.Resampling.NEAREST)
        missing = 2 * blur - _thickness(mask) * self.scale
        if missing > 0:
            # A line of few pixels would vanish in the blur.
            enlarged = _widened(enlarged, math.ceil(missing / 2))
        inside = enlarged.getbbox()
        if inside is None:
            return
        # Pillow's blur reaches three times its deviation and a few pixels; beyond, nothing is drawn.
        reach = math.ceil(3 * blur) + 4
        (x0, y0, x1, y1), (width, height) = inside, enlarged.size
        around = (max(x0 - reach, 0), max(y0 - reach, 0), min(x1 + reach, width), min(y1 + reach, height))
        blurred = enlarged.crop(around).filter(ImageFilter.GaussianBlur(blur))
        corner = around[:2]
        self._paint(colour, blurred.point(_band(-math.inf, 0, blur)), _FILL_OPACITY, corner)
        # The seam keeps the outline visible on bright echoes.
        self._paint(_BLACK, blurred.point(_band(-self.line, self.line, blur)), _SEAM_OPACITY, corner)
        self._paint(colour, blurred.point(_band(-self.line / 2, self.line / 2, blur)), 1.0, corner)

    def draw_prompts(self, prompts: Prompts, colour: Colour) -> None:
        """The box as a thin line in the object's colour, points as discs with a sign."""
        if prompts.box_xyxy is not None:
            self._draw_box(prompts.box_xyxy, colour)
        for (x, y), label in zip(prompts.points_xy, prompts.labels, strict=True):
            self._draw_point(float(x) * self.scale, float(y) * self.scale, inside=bool(label))

    def draw_caption(self, caption: str, mask: Mask, colour: Colour) -> None:
        """Words on a dark plate at the mask's upper left, moved down where another caption stands."""
        if not caption:
            return
        words = _text_cover(caption, round(max(13, 8 * self.line)))
        pad = round(2 * self.line)
        width, height = words.width + 4 * pad, words.height + pad
        rows, columns = np.nonzero(mask)
        x, y = (int(columns.min()), int(rows.min())) if rows.size else (0, 0)
        x = max(min(x * self.scale, self.picture.width - width), 0)
        y = max(y * self.scale - height - pad, 0)
        while any(_overlap((x, y, x + width, y + height), other) for other in self._captions):
            y += height + pad // 2
        self._captions.append((x, y, x + width, y + height))
        plate = Image.new("L", self.picture.size)
        ImageDraw.Draw(plate).rounded_rectangle((x, y, x + width, y + height), radius=pad, fill=255)
        self._paint(_BLACK, plate, 0.6)
        swatch = (x + pad, y + pad, x + 2 * pad, y + height - pad)
        ImageDraw.Draw(self.picture).rounded_rectangle(swatch, radius=pad / 3, fill=colour)
        self.picture.paste(_WHITE, (x + 3 * pad, y + pad // 2), words)

    def _draw_box(self, box_xyxy: BoxXYXY, colour: Colour) -> None:
        thin = max(1, round(self.line / 2))
        x0, y0, x1, y1 = (round(c * self.scale) for c in box_xyxy)
        for margin, shade, opacity in ((thin, _BLACK, _SEAM_OPACITY), (0, colour, 1.0)):
            frame = Image.new("L", self.picture.size)
            # x1 and y1 are exclusive in a box and inclusive in a drawn rectangle.
            right, below = max(x1 - 1, x0), max(y1 - 1, y0)  # a box may be narrower than a pixel
            outer = (x0 - margin, y0 - margin, right + margin, below + margin)
            ImageDraw.Draw(frame).rectangle(outer, outline=255, width=thin + 2 * margin)
            self._paint(shade, frame, opacity)

    def _draw_point(self, x: float, y: float, *, inside: bool) -> None:
        marker = _point_marker(4 * self.line, inside=inside)
        self.picture.paste(marker, (round(x - marker.width / 2), round(y - marker.height / 2)), marker)

    def _paint(
        self, colour: Colour, cover: Image.Image, opacity: float = 1.0, corner: tuple[int, int] = (0, 0)
    ) -> None:
        """Lay a colour over the picture where ``cover`` (grey, from ``corner`` of the picture on) is bright."""
        bright = cover.getbbox()
        if bright is None:
            return
        x, y = corner
        seen = cover.crop(bright).point([round(level * opacity) for level in range(256)])
        self.picture.paste(colour, (bright[0] + x, bright[1] + y, bright[2] + x, bright[3] + y), seen)


def _widened(cover: Image.Image, pixels: int) -> Image.Image:
    """A black and white image with its white grown to all sides; box blurs do it at any width in the same time."""
    for radius in ((pixels, 0), (0, pixels)):
        cover = cover.filter(ImageFilter.BoxBlur(radius)).point([0] + 255 * [255])
    return cover


def _thickness(mask: Mask) -> float:
    """How many pixels thick a long bar is that has as much area for as much edge; infinite for an empty mask."""
    edges = sum(np.count_nonzero(np.diff(mask, axis=axis, prepend=False, append=False)) for axis in (0, 1))
    return 2 * np.count_nonzero(mask) / edges if edges else math.inf


@lru_cache(maxsize=64)
def _band(nearest: float, farthest: float, blur: float) -> tuple[int, ...]:
    """Table from the grey value of a blurred mask to how much of a band around its edge covers that pixel.

    Beside a straight edge a Gaussian blur of standard deviation ``blur`` leaves the normal distribution of
    the distance to it; its inverse gives the distance back, and with it a smooth line of exact width.

    Args:
        nearest: where the band begins, in pixels from the edge; negative is inside the mask.
        farthest: where it ends.
        blur: standard deviation of the blur in pixels.
    """
    inside = (np.arange(256) + 0.5) / 256
    distance = np.array([-blur * NormalDist().inv_cdf(share) for share in inside])
    cover = np.clip(np.minimum(distance - nearest, farthest - distance) + 0.5, 0, 1)
    return tuple(round(255 * share) for share in cover)


def _point_marker(radius: float, *, inside: bool) -> Image.Image:
    """A disc with a sign: RGBA, transparent around it, its centre in the middle."""
    side = 2 * math.ceil(1.4 * radius)
    marker = Image.new("RGBA", (side * _OVERSAMPLING, side * _OVERSAMPLING))
    draw = ImageDraw.Draw(marker)
    centre = marker.width / 2

    def box(half_width: float, half_height: float) -> tuple[float, float, float, float]:
        dx, dy = half_width * _OVERSAMPLING, half_height * _OVERSAMPLING
        return centre - dx, centre - dy, centre + dx, centre + dy

    draw.ellipse(box(1.35 * radius, 1.35 * radius), fill=(*_BLACK, round(255 * _SEAM_OPACITY)))
    draw.ellipse(box(1.18 * radius, 1.18 * radius), fill=_WHITE)
    draw.ellipse(box(radius, radius), fill=_INSIDE if inside else _OUTSIDE)
    draw.rectangle(box(0.58 * radius, 0.16 * radius), fill=_WHITE)
    if inside:
        draw.rectangle(box(0.16 * radius, 0.58 * radius), fill=_WHITE)
    return marker.resize((side, side), Image.Resampling.BOX)


def _text_cover(text: str, size: int) -> Image.Image:
    """Text as a grey image, white on black; raised digits, which Pillow's own font lacks, are drawn small."""
    font, small = ImageFont.load_default(size), ImageFont.load_default(round(0.65 * size))
    pieces = [(_RAISED[piece], small) if piece in _RAISED else (piece, font) for piece in re.split("([²³])", text)]
    width = math.ceil(sum(font.getlength(piece) for piece, font in pieces))
    cover = Image.new("L", (max(width, 1), math.ceil(font.getbbox("Åg")[3])))
    x = 0.0
    for piece, piece_font in pieces:
        ImageDraw.Draw(cover).text((x, 0), piece, font=piece_font, fill=255)
        x += piece_font.getlength(piece)
    return cover


def _overlap(a: BoxXYXY, b: BoxXYXY) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
