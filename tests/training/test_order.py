from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from ultrasam.training.order import ShuffledOrder, WeightedOrder, image_weights

WEIGHTS = [0.0, 3.0, 1.0, 0.0, 4.0, 2.0, 0.0]
#: More than one block of draws.
MANY = 10_000


def order(count=MANY, weights=WEIGHTS, seed=0, **options):
    return list(islice(WeightedOrder(weights, seed=seed, **options), count))


def test_positions_count_from_the_start():
    assert [position for position, _ in order(5)] == [0, 1, 2, 3, 4]
    assert [position for position, _ in order(3, start=7, rank=1, world_size=2)] == [8, 10, 12]


@pytest.mark.parametrize("start", [1, 4095, 4096, 9000])
def test_starting_later_is_skipping(start):
    assert order(50, start=start) == order(start + 50)[start:]


@pytest.mark.parametrize("world_size", [2, 3, 300])
def test_processes_share_one_order(world_size):
    per_process = -(-MANY // world_size)
    parts = [order(per_process, rank=rank, world_size=world_size) for rank in range(world_size)]
    assert sorted(key for part in parts for key in part)[:MANY] == order()


def test_an_order_can_be_iterated_again_and_hangs_on_the_seed():
    sequence = WeightedOrder(WEIGHTS, seed=3)
    assert list(islice(sequence, 100)) == list(islice(sequence, 100)) == order(100, seed=3)
    assert order(100, seed=3) != order(100, seed=4)


def test_blocks_differ():
    images = np.array([image for _, image in order()])
    assert (images[:4096] != images[4096:8192]).mean() > 0.5


def test_images_come_as_often_as_their_weights_say():
    images = np.array([image for _, image in order(50_000)])
    counts, expected = np.bincount(images, minlength=len(WEIGHTS)), 5000 * np.array(WEIGHTS)
    drawn = expected > 0
    assert not counts[~drawn].any()
    chi_square = ((counts - expected)[drawn] ** 2 / expected[drawn]).sum()
    # With 3 degrees of freedom, 21 is exceeded once in 10,000 orders.
    assert chi_square < 21


def test_neighbours_in_the_order_are_independent():
    images = np.array([image for _, image in order(40_000)])
    pairs = (images[:-1] == images[1:]).mean()
    assert pairs == pytest.approx((np.array(WEIGHTS) ** 2).sum() / 100, abs=5 * np.sqrt(0.3 * 0.7 / 40_000))


@pytest.mark.parametrize("weights", [[1.0], [1e-12, 1e12], [0.1] * 10, [1, 0], [0, 1]])
def test_no_index_is_out_of_range_and_none_of_weight_zero(weights):
    images = {image for _, image in order(5000, weights)}
    assert images <= {i for i, weight in enumerate(weights) if weight > 0}


def test_folders_come_as_often_as_their_weights_however_large_they_are():
    weights = image_weights([1, 4, 2], [1.0, 1.0, 3.0])
    assert weights == [1.0, 0.25, 0.25, 0.25, 0.25, 1.5, 1.5]
    with pytest.raises(ValueError, match="zip"):
        image_weights([1, 2], [1.0])


def shuffled(count, images=7, seed=0, **options):
    return list(islice(ShuffledOrder(images, seed=seed, **options), count))


def test_in_rounds_every_image_comes_once_before_any_comes_again():
    drawn = shuffled(70)
    assert [position for position, _ in drawn] == list(range(70))
    rounds = [tuple(image for _, image in drawn[start : start + 7]) for start in range(0, 70, 7)]
    assert all(sorted(images) == list(range(7)) for images in rounds)
    assert len(set(rounds)) > 8


@pytest.mark.parametrize("start", [1, 6, 7, 40])
def test_rounds_can_be_taken_up_anywhere(start):
    assert shuffled(20, start=start) == shuffled(start + 20)[start:]


@pytest.mark.parametrize("world_size", [2, 5, 9])
def test_processes_share_the_rounds(world_size):
    parts = [shuffled(30, rank=rank, world_size=world_size) for rank in range(world_size)]
    assert sorted(key for part in parts for key in part)[:100] == shuffled(30 * world_size)[:100]
    assert shuffled(20) != shuffled(20, seed=1)
