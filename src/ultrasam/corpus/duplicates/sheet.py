"""A picture of clusters for people to look at: whether it is one scan is seen at a glance."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

from ultrasam.corpus.duplicates.clusters import Cluster, Member
from ultrasam.errors import ImageError, InputError
from ultrasam.files import written_whole
from ultrasam.imaging import read

#: Images of one cluster that are shown.
_MOST_IMAGES = 6
_SIDE, _GAP, _SIZE = 200, 8, 11
_LINE = round(1.4 * _SIZE)
_GROUND, _WORDS, _QUIET = (24, 26, 29), (236, 239, 242), (160, 166, 173)


def sheet(clusters: Sequence[Cluster], out: str | os.PathLike[str], *, count: int = 12) -> None:
    """Draw clusters as rows, the most doubtful first: those with the largest distance from their first image.

    Args:
        clusters: that were found.
        out: the PNG.
        count: rows; fewer where there are fewer clusters.

    Raises:
        InputError: there is no cluster to show, or no row for it.
    """
    if not clusters or count < 1:
        raise InputError(f"Expected at least one cluster and one row, but got {len(clusters)} and {count}.")
    shown = sorted(clusters, key=lambda cluster: -max(member.distance for member in cluster))[:count]
    columns = min(_MOST_IMAGES, max(len(cluster) for cluster in shown))
    row_height = _SIDE + 2 * _LINE + _GAP
    picture = Image.new("RGB", (columns * (_SIDE + _GAP) + _GAP, len(shown) * row_height + _GAP), _GROUND)
    for row, cluster in enumerate(shown):
        for column, member in enumerate(cluster[:_MOST_IMAGES]):
            more = len(cluster) - _MOST_IMAGES if column == _MOST_IMAGES - 1 else 0
            picture.paste(_tile(member, column == 0, more), (_GAP + column * (_SIDE + _GAP), _GAP + row * row_height))
    with written_whole(out) as temporary:
        picture.save(temporary, format="PNG")


def _tile(member: Member, is_first: bool, more: int) -> Image.Image:
    """An image above its name and what was found; ``more`` of its cluster are not shown."""
    tile = Image.new("RGB", (_SIDE, _SIDE + 2 * _LINE), _GROUND)
    draw, font = ImageDraw.Draw(tile), ImageFont.load_default(_SIZE)
    found = member.kind if member.kind == "exact" else f"{member.distance} bits, {member.orientation}"
    if is_first:
        found = "first"
    if more > 0:
        found += f", {more} more not shown"
    draw.text((0, _SIDE), f"{member.entry.data_set}  {member.entry.image}", _WORDS, font)
    draw.text((0, _SIDE + _LINE), f"{member.entry.split or ''}  {found}".strip(), _QUIET, font)
    try:
        with read(member.entry.path) as image:
            scan = ImageOps.contain(Image.fromarray(image.frame(0).pixels).convert("RGB"), (_SIDE, _SIDE))
        tile.paste(scan, (0, 0))
    except ImageError as error:
        draw.multiline_text((0, 0), str(error).replace(": ", ":\n"), _QUIET, font)
    return tile
