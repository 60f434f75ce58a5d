import itertools

import numpy as np
import pytest

from ultrasam.corpus.duplicates.turns import TURNS, turned

PICTURES = np.arange(24).reshape(2, 3, 4)
EXPECTED = {
    "same": PICTURES,
    "mirrored": np.stack([np.fliplr(picture) for picture in PICTURES]),
    "flipped": np.stack([np.flipud(picture) for picture in PICTURES]),
    "turned": np.stack([np.rot90(picture, 2) for picture in PICTURES]),
}


@pytest.mark.parametrize("turn", range(4))
def test_each_turn_is_what_it_is_called_and_undoes_itself(turn):
    np.testing.assert_array_equal(turned(PICTURES, turn), EXPECTED[TURNS[turn]])
    np.testing.assert_array_equal(turned(turned(PICTURES, turn), turn), PICTURES)


@pytest.mark.parametrize(("one", "other"), itertools.product(range(4), repeat=2))
def test_two_turns_are_the_one_of_their_bits(one, other):
    np.testing.assert_array_equal(turned(turned(PICTURES, one), other), turned(PICTURES, one ^ other))
