"""Objects whose outlines were drawn as thin lines, filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ultrasam.corpus.reading.ellipses import fit_ellipse
from ultrasam.corpus.reading.label_masks import Labels, decoded, fitted
from ultrasam.corpus.reading.legend import Legend
from ultrasam.corpus.sample import Annotated, Annotations, Remark, Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.extras import require
from ultrasam.types import Mask

#: Overlap (intersection over union) of a filled outline and the ellipse through it, from which on it was closed.
_CLOSED = 0.9
#: Share of an outline's pixels that lie on the ellipse through it, if it is the outline of one.
_ON_ELLIPSE = 0.9


@dataclass(frozen=True)
class OutlineMask:
    """Objects of an array of labels, of which some or all are outlines.

    What is wider than a line is a filled object already, and stays as it is. Closed outlines are filled: line and
    inside are the object. An open one, or one that the image's border cuts, is completed by the ellipse through it,
    or, where it is no ellipse, gaps are closed.

    Attributes:
        labels: the array.
        legend: what its values mean.
        shape: ``"ellipse"`` where outlines are known to be ellipses.
        widest_line: how wide lines may be, in pixels of the array.
        widest_gap: how wide gaps may be that are closed, in pixels of the array. The patch in a gap is up to a seventh
            of its width off the straight line between the ends.
    """

    labels: Labels
    legend: Legend
    shape: Literal["ellipse", "any"] = "any"
    widest_line: int = 8
    widest_gap: int = 12

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files of the array."""
        return self.labels.files

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Decode, fill at the array's own size, and bring the objects to the image's.

        An outline that cannot be closed is left out, with a remark.
        """
        found, own_hw = decoded(self.labels, self.legend)
        objects, remarks = [], list(found.remarks)
        for entry in found.objects:
            mask = entry.mask
            if is_line(mask, self.widest_line):
                mask, remark = self._filled(entry)
                remarks += [remark] if remark else []
            if mask.any():
                objects.append(Annotated(entry.category, mask))
        return fitted(Annotations(tuple(objects), tuple(remarks)), own_hw, size_hw, self.files[0].path)

    def _filled(self, outline: Annotated) -> tuple[Mask, Remark | None]:
        line = outline.mask
        inside = filled(line)
        is_closed = not is_line(inside, self.widest_line)
        if self.shape == "ellipse":
            whole = self._ellipse(line)
            if whole is not None:
                if (inside & whole).sum() >= _CLOSED * (inside | whole).sum():
                    return inside, None
                added = int((whole & ~inside).sum())
                return whole | inside, Remark("open outline, filled as the ellipse through it", outline.category, added)
            if not is_closed:
                raise Unreadable(f"Expected outlines of ellipses in {self.files[0].path}, but one is open and is none.")
        if is_closed:
            return inside, None
        bridged = without_gaps(line, self.widest_gap, self.widest_line)
        if bridged is None:
            lost = Remark("open outline, left out", outline.category, int(line.sum()), is_loss=True)
            return np.zeros_like(line), lost
        return bridged, Remark("outline with gaps, closed", outline.category, int((bridged & ~inside).sum()))

    def _ellipse(self, line: Mask) -> Mask | None:
        """The filled ellipse whose outline a line is, as wide as the line; None where it does not follow one."""
        points_xy = np.argwhere(line)[:, ::-1]
        ellipse = fit_ellipse(points_xy)
        if ellipse is None:
            return None
        half_width = float(np.quantile(ellipse.distances(points_xy), _ON_ELLIPSE))
        return None if half_width > self.widest_line / 2 else ellipse.mask((line.shape[0], line.shape[1]), half_width)


def is_line(mask: Mask, widest: int) -> bool:
    """Whether no part of a mask ``(H, W)`` bool is wider than ``widest`` pixels."""
    ndimage = require("scipy.ndimage", needed_for="Outlines")
    rows, columns = _extent(mask)
    depth = ndimage.distance_transform_cdt(np.pad(mask[rows, columns], 1), metric="chessboard")
    # A line of 2 d - 1 or 2 d pixels is d pixels deep.
    return int(depth.max(initial=0)) <= (widest + 1) // 2


def filled(mask: Mask) -> Mask:
    """A mask ``(H, W)`` bool and all that it encloses; what touches the image's border is not enclosed."""
    ndimage = require("scipy.ndimage", needed_for="Outlines")
    background, _ = ndimage.label(np.pad(~mask, 1, constant_values=True))
    return np.asarray((background != background[0, 0])[1:-1, 1:-1])


def without_gaps(line: Mask, widest_gap: int, widest_line: int) -> Mask | None:
    """What an outline ``(H, W)`` bool encloses once its gaps are closed; None where they are wider.

    The line is thickened until it encloses something, the inside is filled, and the object thinned by as much.
    """
    ndimage = require("scipy.ndimage", needed_for="Outlines")

    def closed(radius: int) -> Mask:
        margin = 2 * radius + 1
        thick = ndimage.distance_transform_edt(np.pad(~line, margin, constant_values=True)) <= radius
        thin = ndimage.distance_transform_edt(filled(thick)) > radius
        return np.asarray(thin[margin:-margin, margin:-margin] | line)

    for radius in range(1, (widest_gap + 1) // 2 + 1):
        if not is_line(closed(radius), widest_line):
            # A disc that only just closes a gap leaves a deep dent there, one of twice the size a shallow one.
            return closed(2 * radius)
    return None


def _extent(mask: Mask) -> tuple[slice, slice]:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return (slice(0), slice(0)) if not len(rows) else (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
