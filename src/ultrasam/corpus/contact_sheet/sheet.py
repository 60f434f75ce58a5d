"""A grid of tiles on a dark ground, with a title and a legend above."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ultrasam.corpus.coco.image import CocoImage
from ultrasam.errors import ImageError, InputError
from ultrasam.imaging import read
from ultrasam.imaging.overlay import Colour, draw_overlay

#: Below it, names cannot be read.
SMALLEST_TILE = 64
_GROUND, _EMPTY, _WORDS, _QUIET = (24, 26, 29), (12, 13, 15), (236, 239, 242), (160, 166, 173)
#: Width of outlines as a share of a picture's longer side.
_LINE = 1 / 160


class Sheet:
    """A picture that is filled tile by tile, row by row.

    Args:
        title: stands above.
        legend: words and their colours.
        tiles: how many there will be.
        columns: tiles in a row.
        side: of a tile in pixels.
    """

    def __init__(self, title: str, legend: Mapping[str, Colour], *, tiles: int, columns: int, side: int) -> None:
        self._columns, self._side = columns, side
        self._gap = max(4, side // 32)
        self._size = max(10, side // 24)
        self._font = ImageFont.load_default(self._size)
        self._line_height = round(1.5 * self._size)
        self._added = 0
        width = self._gap + columns * (side + self._gap)
        head = self._head(title, legend, width)
        self._top = head.height
        rows = -(-tiles // columns)
        self.picture = Image.new("RGB", (width, self._top + rows * self._row_height), _GROUND)
        self.picture.paste(head)

    @property
    def _row_height(self) -> int:
        return self._side + self._line_height + self._gap

    def add(self, image: CocoImage, colours: Mapping[str, Colour]) -> None:
        """Fill the next tile: the image with its masks, and its file name below."""
        row, column = divmod(self._added, self._columns)
        left = self._gap + column * (self._side + self._gap)
        top = self._top + row * self._row_height
        try:
            tile = _drawn(image, colours)
            tile.thumbnail((self._side, self._side), Image.Resampling.LANCZOS)
        except (ImageError, InputError) as error:
            # Where the file lies is no business of those to whom the sheet is sent.
            tile = self._words(str(error).replace(str(image.path), image.path.name))
        ImageDraw.Draw(self.picture).rectangle((left, top, left + self._side - 1, top + self._side - 1), fill=_EMPTY)
        self.picture.paste(tile, (left + (self._side - tile.width) // 2, top + (self._side - tile.height) // 2))
        # The end of a name tells files apart.
        name = self._fitting(image.file_name[::-1], self._side)[::-1]
        at = (left, top + self._side + self._size // 4)
        ImageDraw.Draw(self.picture).text(at, name, fill=_QUIET, font=self._font)
        self._added += 1

    def _head(self, title: str, legend: Mapping[str, Colour], width: int) -> Image.Image:
        """The title, and below it the legend in as many lines as it needs."""
        room = width - 2 * self._gap
        places, x, line = [], self._gap, 1
        names = [self._fitting(name, room - 2 * self._size) for name in legend]
        for name in names:
            needed = round(self._font.getlength(name)) + 3 * self._size
            if x > self._gap and x + needed > width:
                x, line = self._gap, line + 1
            places.append((x, self._gap + line * self._line_height))
            x += needed
        head = Image.new("RGB", (width, 2 * self._gap + (line + bool(legend)) * self._line_height), _GROUND)
        draw = ImageDraw.Draw(head)
        draw.text((self._gap, self._gap), self._fitting(title, room), fill=_WORDS, font=self._font)
        for (x, y), name, colour in zip(places, names, legend.values(), strict=True):
            draw.rectangle((x, y + self._size // 4, x + self._size, y + self._size), fill=colour)
            draw.text((x + round(1.5 * self._size), y), name, fill=_WORDS, font=self._font)
        return head

    def _words(self, text: str) -> Image.Image:
        """An empty tile with a reason."""
        tile = Image.new("RGB", (self._side, self._side), _EMPTY)
        margin = self._gap
        room = self._side - 2 * margin
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            lines = [*lines[:-1], longer] if self._font.getlength(longer) <= room else [*lines, word]
        for number, line in enumerate(lines[: room // self._line_height]):
            at = (margin, margin + number * self._line_height)
            ImageDraw.Draw(tile).text(at, self._fitting(line, room), fill=_WORDS, font=self._font)
        return tile

    def _fitting(self, text: str, room: int) -> str:
        """As much from the beginning of a text as is no wider than ``room`` pixels."""
        if self._font.getlength(text) <= room:
            return text
        while text and self._font.getlength(f"{text}…") > room:
            text = text[:-1]
        return f"{text}…"


def _drawn(image: CocoImage, colours: Mapping[str, Colour]) -> Image.Image:
    with read(image.path) as picture:
        pixels = picture.frame(0).pixels
    masks = [instance.mask() for instance in image.instances]
    of_masks = [colours[instance.category] for instance in image.instances]
    return draw_overlay(np.ascontiguousarray(pixels), masks, colours=of_masks or [_WORDS], line=_LINE)
