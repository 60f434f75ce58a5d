import numpy as np
import pytest

from ultrasam.corpus.duplicates import candidates
from ultrasam.corpus.duplicates.candidates import near_pairs
from ultrasam.errors import InputError

TURNS = 3


def as_words(bits):
    return np.packbits(bits, axis=-1, bitorder="little").view("<u8")


def random_bits(count, seed=0):
    return np.random.default_rng(seed).integers(0, 2, (count, TURNS, 256), np.uint8)


def by_brute_force(bits, limit):
    """(first, second, turn, distance) of all near pairs, each with compared with each."""
    found = []
    for i in range(len(bits)):
        for j in range(i + 1, len(bits)):
            distances = [int((bits[i, 0] != bits[j, turn]).sum()) for turn in range(bits.shape[1])]
            if min(distances) <= limit:
                found.append((i, j, int(np.argmin(distances)), min(distances)))
    return found


def rows(pairs):
    return list(zip(*(getattr(pairs, name).tolist() for name in ("first", "second", "turn", "distance")), strict=True))


def with_planted(count, most, seed):
    """Random hashes, some of which are others with up to ``most`` wrong bits in one of the turns."""
    rng = np.random.default_rng(seed)
    bits = random_bits(count, seed)
    for number in range(0, count - 1, 2):
        copy = bits[number, 0].copy()
        copy[rng.permutation(256)[: rng.integers(0, most + 1)]] ^= 1
        bits[number + 1, rng.integers(TURNS)] = copy
    return bits[rng.permutation(count)]


@pytest.mark.parametrize(("limit", "many"), [(0, 1000), (10, 1000), (32, 1000), (48, 1000), (48, 0)])
def test_all_near_pairs_are_found_and_no_others(limit, many, monkeypatch):
    monkeypatch.setattr(candidates, "_MANY", many)
    bits = with_planted(60, limit + 2, seed=limit)
    expected = by_brute_force(bits, limit)
    assert len(expected) >= 3
    assert rows(near_pairs(as_words(bits), limit)) == expected


@pytest.mark.parametrize("seed", range(5))
def test_wrong_bits_may_be_spread_as_badly_as_can_be(seed):
    # 17 bands with one wrong bit allowed: two wrong bits in each of 16 bands leave one band only.
    rng = np.random.default_rng(seed)
    bits = random_bits(2, seed)
    bits[1, 0] = bits[0, 0]
    bands = np.array_split(candidates._MIXED, 17)
    spared = rng.integers(17)
    for number, band in enumerate(bands):
        if number != spared:
            bits[1, 0, rng.choice(band, 2, replace=False)] ^= 1
    assert rows(near_pairs(as_words(bits), 32)) == [(0, 1, 0, 32)]
    assert rows(near_pairs(as_words(bits), 31)) == []


def test_many_equal_hashes_are_all_paired(monkeypatch):
    monkeypatch.setattr(candidates, "_CHUNK", 50)
    bits = np.repeat(random_bits(1), 40, 0)
    pairs = near_pairs(as_words(bits), 4)
    assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == [
        (i, j) for i in range(40) for j in range(i + 1, 40)
    ]


def test_the_nearest_turn_counts_and_the_first_of_equal_ones():
    bits = random_bits(2)
    bits[1] = bits[0, 0]
    bits[1, 0, :2] ^= 1
    assert rows(near_pairs(as_words(bits), 8)) == [(0, 1, 1, 0)]


@pytest.mark.parametrize("count", [0, 1])
def test_no_pair_without_two_images(count):
    assert rows(near_pairs(as_words(random_bits(count)).reshape(count, TURNS, 4), 32)) == []


@pytest.mark.parametrize("limit", [-1, 49])
def test_the_distance_has_bounds(limit):
    with pytest.raises(InputError, match=f"Expected a distance from 0 to 48 bits, but got {limit}"):
        near_pairs(as_words(random_bits(2)), limit)


def test_bits_are_counted_without_numpy_2(monkeypatch):
    words = as_words(random_bits(20))
    expected = candidates.differing_bits(words[:, 0], words[:, 1])
    np.testing.assert_array_equal(expected, (random_bits(20)[:, 0] != random_bits(20)[:, 1]).sum(-1))
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    np.testing.assert_array_equal(candidates.differing_bits(words[:, 0], words[:, 1]), expected)
