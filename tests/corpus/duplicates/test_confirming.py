import numpy as np
import pytest

from tests.corpus.duplicates.scans import scan
from ultrasam.corpus.duplicates.candidates import Pairs
from ultrasam.corpus.duplicates.confirming import LEAST_CORRELATION, best_correlation, confirmed
from ultrasam.corpus.duplicates.fingerprint import fingerprint
from ultrasam.corpus.duplicates.turns import turned


def random_pictures(count, seed=0):
    return np.random.default_rng(seed).integers(-100, 100, (count, 32, 32)).astype(np.int8)


def test_correlation_is_numpy_s():
    one, other = random_pictures(2)
    mixed = (0.6 * one + 0.4 * other).astype(np.int8)
    expected = np.corrcoef(one.ravel(), mixed.ravel())[0, 1]
    assert best_correlation(one[None], mixed[None])[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("move", [(1, 0), (0, -1), (-1, 1)])
def test_a_picture_may_be_moved_by_a_pixel(move):
    large = np.random.default_rng(1).integers(-100, 100, (40, 40)).astype(np.int8)
    one, other = (large[4 + y : 36 + y, 4 + x : 36 + x][None] for y, x in ((0, 0), move))
    assert best_correlation(one, other)[0] == pytest.approx(1, abs=1e-5)
    further = large[4 + 3 * move[0] :][:32, 4 + 3 * move[1] :][:, :32][None]
    assert best_correlation(one, further)[0] < 0.3


def test_pairs_are_compared_in_their_turn():
    pictures = np.concatenate([random_pictures(1), turned(random_pictures(1), 3), random_pictures(1, seed=2)])
    first, second, turn = np.array([[0, 1, 3], [0, 1, 0], [0, 2, 0], [0, 2, 1]]).T
    pairs = Pairs(first, second, turn, np.zeros_like(first))
    assert confirmed(pictures, pairs).tolist() == [True, False, False, False]


def test_nothing_is_confirmed_of_pictures_without_details():
    pictures = np.zeros((2, 32, 32), np.int8)
    one = np.array([0]), np.array([1]), np.array([0]), np.array([0])
    assert not confirmed(pictures, Pairs(*one)).any()


def test_one_fan_with_other_tissue_is_not_the_same():
    y, x = np.mgrid[:120, :160]
    fan = (np.hypot(y, x - 80) < 115) & (np.abs(x - 80) < 0.6 * y + 4)
    one, other = ((fan * (1 - y / 160) * scan(seed)).astype(np.uint8) for seed in (1, 2))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > LEAST_CORRELATION + 0.1
    details = [fingerprint(picture)["detail"][:, 0] for picture in (one, other)]
    assert best_correlation(*details)[0] < LEAST_CORRELATION
