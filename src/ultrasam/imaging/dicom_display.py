"""What a stored DICOM value looks like: one table from every possible stored value to 8-bit grey or RGB.

Grey values pass the stages of the standard's display pipeline (PS3.3 C.11): modality (lookup table, or slope
and intercept), values of interest (lookup table, or the first window), inversion of MONOCHROME1. Without
values of interest, up to 8 bits keep their full range, and more bits are scaled by the values that occur in any
frame, as those of any other format are (:mod:`ultrasam.imaging.intensity`): many 16-bit files use a small part of
their range.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from ultrasam.errors import ImageError
from ultrasam.imaging.dicom_header import PixelLayout, numbers
from ultrasam.imaging.dicom_lookup import LookupTable, read_lookup_table

_log = logging.getLogger(__name__)

#: A header with a window of 1e-300 gives an absurd picture, but no warnings on the terminal.
_ABSURD_NUMBERS_ALLOWED = np.errstate(all="ignore")


@dataclass(frozen=True, eq=False)
class GreyDisplay:
    """How stored grey values are shown.

    Attributes:
        levels: ``(N,)`` float64, the level of every possible stored value, from the lowest on.
        limits: levels that become black and white; None where the range of all frames decides.
        inverted: whether the lowest level is white.
        description: the same in words, for people.
    """

    levels: npt.NDArray[np.float64]
    limits: tuple[float, float] | None
    inverted: bool
    description: str

    @_ABSURD_NUMBERS_ALLOWED
    def table(self, limits: tuple[float, float]) -> npt.NDArray[np.uint8]:
        """The table ``(N,)`` uint8 between two levels, which are :attr:`limits` where the file has them."""
        low, high = limits
        if high > low:
            shown = np.clip((self.levels - low) / (high - low), 0, 1)
        else:
            shown = (self.levels > low).astype(np.float64)
        grey: npt.NDArray[np.uint8] = np.rint(255 * shown).astype(np.uint8)
        return 255 - grey if self.inverted else grey


@_ABSURD_NUMBERS_ALLOWED
def grey_display(header: Dataset, layout: PixelLayout) -> GreyDisplay:
    """Read how MONOCHROME1 and MONOCHROME2 pixels are to be shown.

    Raises:
        ImageError: a lookup table is malformed.
    """
    stored = layout.stored_values()
    levels, said = _modality(header, layout, stored)
    limits: tuple[float, float] | None = (float(levels.min()), float(levels.max()))
    window = _window(header)
    if lookup := _table(header, "VOILUTSequence", layout):
        levels = lookup.apply(np.rint(levels).astype(np.int64)).astype(np.float64)
        limits = (0, 2.0**lookup.bits - 1)
        said.append("lookup table of the file")
    elif window is not None:
        center, width, function = window
        said.append(f"window of the file, center {center:g}, width {width:g}")
        if function == "SIGMOID":
            exponent = np.clip(-4 * (levels - center) / width, -700, 700)
            levels = 1 / (1 + np.exp(exponent))
            limits = (0, 1)
        elif function == "LINEAR_EXACT":
            limits = (center - width / 2, center + width / 2)
        else:
            limits = (center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2)
    elif layout.bits_stored > 8:
        limits = None
        said.append("scaled by the range of all frames")
    else:
        said.append("full range")
    inverted = layout.photometric == "MONOCHROME1" or header.get("PresentationLUTShape") == "INVERSE"
    if inverted:
        said.append("inverted")
    return GreyDisplay(levels, limits, inverted, ", ".join(said))


def palette_table(header: Dataset, layout: PixelLayout) -> npt.NDArray[np.uint8]:
    """The table ``(N, 3)`` uint8 of PALETTE COLOR pixels (PS3.3 C.7.6.3.1.5 and C.7.9).

    Entries of 16 bits become 8 bits by their high byte, unless no entry needs more than the low one.

    Raises:
        ImageError: the palette is missing or malformed.
    """
    stored = layout.stored_values()
    colours = np.empty((len(stored), 3), np.uint16)
    try:
        for channel, colour in enumerate(("Red", "Green", "Blue")):
            descriptor = header[f"{colour}PaletteColorLookupTableDescriptor"].value
            plain, segments = (f"{kind}{colour}PaletteColorLookupTableData" for kind in ("", "Segmented"))
            segmented = not header.get(plain)
            lookup = read_lookup_table(
                descriptor,
                header[segments if segmented else plain].value,
                segmented=segmented,
                signed=layout.signed,
                big_endian=layout.big_endian,
            )
            colours[:, channel] = lookup.apply(stored)
    except (KeyError, ValueError, TypeError) as error:
        raise ImageError(
            f"Expected a palette with the PALETTE COLOR pixels of {layout.name}, but it is missing or malformed."
        ) from error
    return (colours >> (8 if colours.max() > 255 else 0)).astype(np.uint8)


def _modality(
    header: Dataset, layout: PixelLayout, stored: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], list[str]]:
    if lookup := _table(header, "ModalityLUTSequence", layout):
        return lookup.apply(stored).astype(np.float64), ["modality lookup table"]
    slope, intercept = (_number(header, f"Rescale{name}") for name in ("Slope", "Intercept"))
    if slope is None or intercept is None or slope == 0:
        return stored.astype(np.float64), []
    said = [] if (slope, intercept) == (1, 0) else [f"slope {slope:g}, intercept {intercept:g}"]
    return stored.astype(np.float64) * slope + intercept, said


def _window(header: Dataset) -> tuple[float, float, str] | None:
    """Center, width and function of the first window; None where there is none that can be used."""
    center, width = _number(header, "WindowCenter"), _number(header, "WindowWidth")
    function = str(header.get("VOILUTFunction") or "LINEAR")
    if center is None or width is None:
        return None
    if width <= 0 or (function == "LINEAR" and width < 1):
        _log.warning("The file's window has the width %g and is not used.", width)
        return None
    return center, width, function


def _table(header: Dataset, sequence: str, layout: PixelLayout) -> LookupTable | None:
    if not header.get(sequence):
        return None
    try:
        item = header[sequence].value[0]
        return read_lookup_table(
            item["LUTDescriptor"].value,
            item["LUTData"].value,
            segmented=False,
            # The first value is signed where the input is: it may be so after slope and intercept.
            signed=layout.signed or (_number(header, "RescaleIntercept") or 0) < 0,
            big_endian=layout.big_endian,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ImageError(f"Expected a lookup table in {sequence} of {layout.name}, but it is malformed.") from error


def _number(header: Dataset, keyword: str) -> float | None:
    """The first value of an element, or None."""
    return next(iter(numbers(header, keyword)), None)
