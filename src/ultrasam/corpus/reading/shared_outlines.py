"""Objects whose outlines share lines, as the chambers of a heart do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ultrasam.corpus.reading.label_masks import Labels, decoded, fitted
from ultrasam.corpus.reading.legend import Legend
from ultrasam.corpus.reading.outlines import filled, is_line, without_gaps
from ultrasam.corpus.sample import Annotated, Annotations, Remark
from ultrasam.corpus.source import SourceFile
from ultrasam.extras import require
from ultrasam.types import Mask


@dataclass(frozen=True)
class SharedOutlines:
    """Objects of a label image, of which some or all are outlines.

    A pixel has one label, so where two outlines run together one of them has a gap. All of them are taken together
    therefore, and each region that they enclose goes to the class that makes up most of its outer border: the
    ventricle to its own outline, and the ring around it to the outline around both. An outline that encloses nothing
    has its gaps closed first. What is wider than a line, and a spot that is no longer than one is wide, is a filled
    object already, and stays as it is.

    Attributes:
        labels: the array.
        legend: what its values mean.
        rings: classes that are rings around one of others: where none of those is there, the outline cannot say
            where the ring ends, and is left out.
        widest_line: how wide lines may be, in pixels of the array.
        widest_gap: how wide gaps may be that are closed, in pixels of the array.
    """

    labels: Labels
    legend: Legend
    rings: tuple[tuple[str, tuple[str, ...]], ...] = ()
    widest_line: int = 8
    widest_gap: int = 12

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files of the array."""
        return self.labels.files

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Decode, fill at the array's own size, and bring the objects to the image's.

        An outline that encloses nothing and cannot be closed is left out, with a remark.
        """
        found, own_hw = decoded(self.labels, self.legend)
        remarks = list(found.remarks)
        masks = {entry.category: entry.mask for entry in found.objects}
        lines = {name: mask for name, mask in masks.items() if self._is_outline(mask)}
        regions = enclosed(masks)
        # One that is closed, around nothing but filled objects, encloses no region either.
        opened = [n for n in lines if n not in regions and is_line(filled(lines[n]), self.widest_line)]
        for name in opened:
            patch = self._patch(lines[name])
            if patch is None:
                remarks.append(Remark("open outline, left out", name, int(lines[name].sum()), is_loss=True))
                del masks[name]
            else:
                remarks.append(Remark("outline with gaps, closed", name, int(patch.sum())))
                masks[name] = lines[name] | patch
        regions = enclosed(masks) if opened else regions
        for ring, inside in self.rings:
            if ring in lines.keys() & masks.keys() and not masks.keys() & set(inside):
                kind = "outline around something that is not outlined itself, left out"
                remarks.append(Remark(kind, ring, is_loss=True))
                del masks[ring]
        objects = tuple(
            Annotated(name, mask | regions[name] if name in lines and name in regions else mask)
            for name, mask in masks.items()
        )
        return fitted(Annotations(objects, tuple(remarks)), own_hw, size_hw, self.files[0].path)

    def _is_outline(self, mask: Mask) -> bool:
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        is_spot = max(np.ptp(rows), np.ptp(columns)) < self.widest_line
        return not is_spot and is_line(mask, self.widest_line)

    def _patch(self, line: Mask) -> Mask | None:
        """What closes the gaps of an outline; None where they are wider than they may be."""
        ndimage = require("scipy.ndimage", needed_for="Outlines")
        closed = without_gaps(line, self.widest_gap, self.widest_line)
        return None if closed is None else np.asarray(closed & ~ndimage.binary_erosion(closed) & ~line)


def enclosed(masks: Mapping[str, Mask]) -> dict[str, Mask]:
    """The regions ``(H, W)`` bool that masks enclose together, by the mask that makes up most of their outer border."""
    ndimage = require("scipy.ndimage", needed_for="Outlines")
    names = list(masks)
    owner = np.full(next(iter(masks.values())).shape if masks else (0, 0), -1)
    for number, name in enumerate(names):
        owner[masks[name]] = number
    # What touches the border of the image is not enclosed.
    regions, _ = ndimage.label(np.pad(owner < 0, 1, constant_values=True))
    outside, regions = regions[0, 0], regions[1:-1, 1:-1]
    found: dict[str, Mask] = {}
    for number in np.setdiff1d(regions[owner < 0], [outside]):
        region = regions == number
        whole = filled(region)
        border = ndimage.binary_dilation(whole, np.ones((3, 3), bool)) & ~whole
        name = names[int(np.bincount(owner[border & (owner >= 0)]).argmax())]
        found[name] = found[name] | region if name in found else region
    return found
