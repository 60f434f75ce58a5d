"""COCO's compressed run-length encoding of a mask, as pycocotools writes it (``maskApi.c``), in NumPy.

Runs of 0 and 1 in turn, beginning with 0, down the columns. From the fourth run on, the difference to the run
before the previous one is stored. Every number becomes characters of 5 bits, the lowest first, offset by 48;
the sixth bit says that more characters follow, and the last one's fifth bit is the sign.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.types import Mask, check_mask

_BITS, _MORE, _SIGN, _OFFSET = 5, 0x20, 0x10, 48
#: Characters of the longest number: differences of runs of up to 2^31 pixels.
_LONGEST = 7


def mask_to_rle(mask: Mask) -> dict[str, Any]:
    """``{"size": [H, W], "counts": str}`` of a mask ``(H, W)`` bool.

    Raises:
        InputError: the mask is no bool array of two dimensions.
    """
    check_mask(mask)
    flat = mask.ravel(order="F")
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts_inside = bool(flat.size) and bool(flat[0])
    edges = np.concatenate([[0, 0] if starts_inside else [0], changes, [flat.size]])
    return {"size": list(mask.shape), "counts": _compress(np.diff(edges))}


def rle_to_mask(rle: dict[str, Any]) -> Mask:
    """The mask ``(H, W)`` of a compressed or uncompressed COCO run-length encoding.

    Raises:
        InputError: the runs do not fill the size exactly.
    """
    height, width = rle["size"]
    runs = rle_runs(rle)
    inside = np.arange(len(runs)) % 2 == 1
    return np.repeat(inside, runs).reshape(height, width, order="F")


def rle_runs(rle: dict[str, Any]) -> npt.NDArray[np.int64]:
    """The lengths of the runs of 0 and 1 in turn, beginning with 0, down the columns.

    Raises:
        InputError: the runs do not fill the size exactly.
    """
    height, width = rle["size"]
    counts = rle["counts"]
    if isinstance(counts, bytes):
        counts = counts.decode("ascii")
    runs = _expand(counts) if isinstance(counts, str) else np.asarray(counts, np.int64)
    if (runs < 0).any() or runs.sum() != height * width:
        raise InputError(f"Expected runs that fill {height} x {width} pixels, but got {int(runs.sum())} pixels.")
    return runs


def _compress(runs: npt.NDArray[np.int64]) -> str:
    values = runs.copy()
    values[3:] -= runs[1:-2]
    # Along a smooth outline nearly all differences are of one character; only the others are taken one by one.
    text = ((values & (2**_BITS - 1)) + _OFFSET).astype(np.uint8).tobytes()
    parts, done = [], 0
    large = np.flatnonzero((values < -_SIGN) | (values >= _SIGN))
    for place, value in zip(large.tolist(), values[large].tolist(), strict=True):
        parts += [text[done:place], _characters(value)]
        done = place + 1
    parts.append(text[done:])
    return b"".join(parts).decode("ascii")


def _characters(value: int) -> bytes:
    characters = bytearray()
    while True:
        low = value & (2**_BITS - 1)
        value >>= _BITS
        # A number ends with the first character after which only copies of its sign bit would follow.
        if value == (-1 if low & _SIGN else 0):
            characters.append(low + _OFFSET)
            return bytes(characters)
        characters.append((low | _MORE) + _OFFSET)


def _expand(counts: str) -> npt.NDArray[np.int64]:
    characters = np.frombuffer(counts.encode("ascii", "replace"), np.uint8).astype(np.int64) - _OFFSET
    ends = (characters & _MORE) == 0
    starts = np.flatnonzero(np.concatenate([[True], ends[:-1]]))
    lengths = np.diff(np.append(starts, characters.size))
    if not ends.any() or not ends[-1] or ((characters < 0) | (characters > 63)).any() or lengths.max() > _LONGEST:
        raise InputError("Expected COCO's compressed run-length counts, but they are empty, cut off or damaged.")
    place = np.arange(characters.size) - np.repeat(starts, lengths)
    values = np.add.reduceat((characters & (2**_BITS - 1)) << (_BITS * place), starts)
    negative = (characters[ends] & _SIGN) != 0
    values -= negative.astype(np.int64) << (_BITS * lengths)
    for parity in (1, 2):
        values[parity::2] = np.cumsum(values[parity::2])
    return values
