"""All pairs of near hashes among very many, without comparing each with each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError

#: Of a hash.
BITS = 256
#: Above it, the bands become so narrow that nearly everything is compared with everything.
LARGEST_DISTANCE = 48
#: From so many hashes on, few wide bands with two wrong bits are quicker than many narrow ones with one.
_MANY = 30_000
#: Wrong bits allowed in a band, and the fewest bands: keys of at most 16 and 24 bits, so that tables stay small.
_FEWEST_BANDS = {1: 16, 2: 11}
#: Pairs that are compared at once: what fits into a processor's cache.
_CHUNK = 2**18
#: Neighbouring bits of a hash are alike in most images. Mixed, all bands are about equally telling.
_MIXED = np.random.default_rng(0).permutation(BITS)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of hashes, sorted, each once.

    Attributes:
        first: ``(P,)`` int64, the smaller number of a pair.
        second: ``(P,)`` int64.
        turn: ``(P,)`` int64, how the second picture must be turned to be nearest to the first.
        distance: ``(P,)`` int64, bits in which they differ then.
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    turn: npt.NDArray[np.int64]
    distance: npt.NDArray[np.int64]

    def where(self, chosen: npt.NDArray[np.bool_]) -> Pairs:
        """Those that are chosen."""
        return Pairs(self.first[chosen], self.second[chosen], self.turn[chosen], self.distance[chosen])


def near_pairs(hashes: npt.NDArray[np.uint64], max_distance: int) -> Pairs:
    """Every pair that differs in ``max_distance`` bits at most; none is missed.

    Multi-index hashing (Norouzi, Punjani and Fleet 2012): the bits are dealt to b bands. Where two hashes differ in
    fewer than b (r + 1) bits, they differ in r or fewer bits of at least one band (pigeonhole). Each band has a table,
    in which every hash and all its neighbours with up to r wrong bits are looked up.

    Args:
        hashes: ``(N, T, 4)`` uint64, 256 bits of each image for each of T turns; turn 0 is as it is.
        max_distance: from 0 to 48.

    Raises:
        InputError: the distance is out of bounds.
    """
    if not 0 <= max_distance <= LARGEST_DISTANCE:
        raise InputError(f"Expected a distance from 0 to {LARGEST_DISTANCE} bits, but got {max_distance}.")
    count, turns = hashes.shape[:2]
    radius = 1 if count < _MANY else 2
    bands = max(_FEWEST_BANDS[radius], -(-(max_distance + 1) // (radius + 1)))
    asked = np.ascontiguousarray(hashes[:, 0])
    # Turn by turn, so that row t * N + n of the table is image n in turn t.
    stored = np.ascontiguousarray(hashes.swapaxes(0, 1)).reshape(turns * count, 4)
    found = np.empty(0, np.int64)
    for band in np.array_split(_MIXED, bands):
        hits = [found]
        for first, row in _matches(asked, stored, band, radius, max_distance):
            turn, second = np.divmod(row, count)
            is_ordered = first < second
            hits.append(((first * count + second) * turns + turn)[is_ordered])
        # A pair is found in many bands: forgotten at once, as there may be millions.
        found = np.unique(np.concatenate(hits))
    return _nearest_turns(found, asked, hashes)


def _matches(
    asked: npt.NDArray[np.uint64], stored: npt.NDArray[np.uint64], band: npt.NDArray[np.int64], radius: int, limit: int
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Rows of ``asked`` and of ``stored`` that are near each other, and in this band within the radius."""
    asked_keys, stored_keys = _keys(asked, band), _keys(stored, band)
    # Both in the order of the keys, so that the tables are read from front to back.
    asked_order, stored_order = np.argsort(asked_keys, kind="stable"), np.argsort(stored_keys, kind="stable")
    sizes = np.bincount(stored_keys, minlength=2 ** len(band)).astype(np.int32)
    ends = np.cumsum(sizes, dtype=np.int32)
    asked_words, stored_words = (
        [np.ascontiguousarray(hashes[order, word]) for word in range(hashes.shape[1])]
        for hashes, order in ((asked, asked_order), (stored, stored_order))
    )
    keys = asked_keys[asked_order]
    for wrong in range(radius + 1):
        for places in combinations(range(len(band)), wrong):
            looked_up = keys ^ np.uint32(sum(2**place for place in places))
            number = sizes[looked_up]
            rows = np.flatnonzero(number)
            number, end = number[rows], ends[looked_up[rows]]
            for left, right in _spread(rows, end - number, number):
                # Half of the words refute nearly every pair.
                for words in (slice(2), slice(None)):
                    near = np.flatnonzero(_distances(asked_words[words], left, stored_words[words], right) <= limit)
                    left, right = left[near], right[near]
                yield asked_order[left], stored_order[right]


def _spread(
    rows: npt.NDArray[np.int64], start: npt.NDArray[np.int32], number: npt.NDArray[np.int32]
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Each row i with each of ``start[i]``, …, ``start[i] + number[i] - 1``, in chunks."""
    ends = np.cumsum(number, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    cuts = np.unique(np.append(np.searchsorted(ends, np.arange(0, total, _CHUNK), side="right"), len(rows)))
    for low, high in pairwise(cuts.tolist()):
        repeats = number[low:high]
        # What arange must be moved by to begin anew at each row's start.
        moves = start[low:high] - (ends[low:high] - ends[low] + repeats[0] - repeats)
        yield np.repeat(rows[low:high], repeats), np.arange(int(repeats.sum())) + np.repeat(moves, repeats)


def _distances(
    ones: list[npt.NDArray[np.uint64]],
    left: npt.NDArray[np.int64],
    others: list[npt.NDArray[np.uint64]],
    right: npt.NDArray[np.int64],
) -> npt.NDArray[np.uint16]:
    """Differing bits of rows ``left`` of some words and rows ``right`` of others."""
    total = np.zeros(len(left), np.uint16)
    for one, other in zip(ones, others, strict=True):
        total += _set_bits(one[left] ^ other[right])
    return total


def _nearest_turns(
    found: npt.NDArray[np.int64], asked: npt.NDArray[np.uint64], hashes: npt.NDArray[np.uint64]
) -> Pairs:
    """Of each pair the turn with the smallest distance; a picture that is like its mirror image is near in several."""
    pair, turn = np.divmod(found, hashes.shape[1])
    first, second = np.divmod(pair, max(len(hashes), 1))
    distance = np.empty(len(found), np.int64)
    for low in range(0, len(found), _CHUNK):
        part = slice(low, low + _CHUNK)
        distance[part] = differing_bits(asked[first[part]], hashes[second[part], turn[part]])
    order = np.lexsort((turn, distance, pair))
    nearest = order[np.unique(pair[order], return_index=True)[1]]
    return Pairs(first[nearest], second[nearest], turn[nearest], distance[nearest])


def _keys(hashes: npt.NDArray[np.uint64], band: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """``(N,)``: the bits of a band as a number."""
    keys = np.zeros(len(hashes), np.uint32)
    for place, bit in enumerate(band.tolist()):
        word, shift = divmod(bit, 64)
        keys |= ((hashes[:, word] >> np.uint64(shift)) & np.uint64(1)).astype(np.uint32) << np.uint32(place)
    return keys


def differing_bits(ones: npt.NDArray[np.uint64], others: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """``(…,)``: in how many bits hashes ``(…, W)`` of W words differ, the Hamming distance."""
    bits: npt.NDArray[np.int64] = _set_bits(ones ^ others).sum(-1, dtype=np.int64)
    return bits


def _set_bits(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """How many bits of each word are set; NumPy 1 cannot count them itself."""
    if hasattr(np, "bitwise_count"):
        bits: npt.NDArray[np.uint8] = np.bitwise_count(words)
    else:
        bits = np.unpackbits(words[..., None].view(np.uint8), axis=-1).sum(-1, dtype=np.uint8)
    return bits
