"""The picture to look at after a conversion."""

from __future__ import annotations

import os

from PIL import Image

from ultrasam.corpus.coco.folder import CocoFolder
from ultrasam.corpus.coco.splits import ALL
from ultrasam.corpus.contact_sheet.choosing import choose
from ultrasam.corpus.contact_sheet.sheet import SMALLEST_TILE, Sheet
from ultrasam.errors import InputError
from ultrasam.imaging.overlay import PALETTE, Colour

#: Colours of classes; those after the palette are for sets of many classes.
COLOURS: tuple[Colour, ...] = (
    *PALETTE,
    (255, 255, 255),
    (170, 110, 255),
    (255, 130, 130),
    (160, 255, 120),
    (60, 100, 255),
    (255, 60, 190),
)


def contact_sheet(
    path: str | os.PathLike[str],
    *,
    count: int = 24,
    seed: int = 0,
    category: str | None = None,
    split: str | None = None,
    columns: int = 6,
    tile: int = 320,
) -> Image.Image:
    """Draw some images of a data set with their masks, chosen by chance and spread over classes and patients.

    A file that cannot be read has a tile that says why. With more than 12 classes, colours begin anew.

    Args:
        path: a COCO file, or a folder with one.
        count: tiles; fewer where there are fewer images.
        seed: of the choice.
        category: only images with an object of this class.
        split: only images of this split.
        columns: tiles in a row.
        tile: side of a tile in pixels.

    Returns:
        RGB.

    Raises:
        InputError: nothing is found, a number makes no sense, or there is no such category or split.
        MissingExtraError: an image or a mask needs a package that is not installed.
    """
    for name, value, least in (("count", count, 1), ("columns", columns, 1), ("tile", tile, SMALLEST_TILE)):
        if value < least:
            raise InputError(f"Expected {name} of at least {least}, but got {value}.")
    folder = CocoFolder.read(path, split=split or ALL)
    images = choose(folder, count, seed, category)
    colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(folder.categories)}
    seen = {instance.category for image in images for instance in image.instances}
    of_split = f" of {split}" if split else ""
    sheet = Sheet(
        f"{folder.name}: {len(images)} of {len(folder.images):,} images{of_split}, seed {seed}",
        {name: colour for name, colour in colours.items() if name in seen},
        tiles=len(images),
        columns=min(columns, len(images)),
        side=tile,
    )
    for image in images:
        sheet.add(image, colours)
    return sheet.picture
