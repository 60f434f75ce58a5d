import numpy as np
import pytest
from scipy.ndimage import label

from ultrasam.training.augmentation.overlays import Overlays


def drawn(pixels, seed=0, calipers=(2, 2), texts=(3, 3)):
    return Overlays(calipers=calipers, texts=texts).repaint(pixels, np.random.default_rng(seed))


@pytest.mark.parametrize(("calipers", "texts"), [((1, 1), (0, 0)), ((0, 0), (1, 1))])
def test_signs_are_bright_and_few(calipers, texts):
    for seed in range(10):
        after = drawn(np.zeros((300, 400), np.uint8), seed, calipers, texts)
        assert after.max() > 150
        assert 0 < (after > 0).mean() < 0.05


def test_nothing_else_changes():
    pixels = np.random.default_rng(0).integers(0, 100, (300, 400), np.uint8)
    on_noise, on_black = drawn(pixels, 3), drawn(np.zeros_like(pixels), 3)
    assert np.array_equal(on_noise[on_black == 0], pixels[on_black == 0])


def test_none_are_drawn_where_none_are_asked_for():
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40), np.uint8)
    assert np.array_equal(drawn(pixels, calipers=(0, 0), texts=(0, 0)), pixels)


def test_signs_have_one_colour_per_image_and_several_over_many():
    colours = set()
    for seed in range(20):
        after = drawn(np.zeros((200, 300, 3), np.uint8), seed, calipers=(2, 2), texts=(0, 0))
        of_image = {tuple(colour) for colour in after.reshape(-1, 3).tolist()} - {(0, 0, 0)}
        assert len(of_image) == 1
        colours |= of_image
    assert len(colours) >= 3


def test_calipers_come_in_pairs():
    # Without dots between them, which half of the pairs have, there are two signs.
    counts = [
        label(drawn(np.zeros((600, 800), np.uint8), seed, (1, 1), (0, 0)) > 0, np.ones((3, 3)))[1] for seed in range(30)
    ]
    assert 5 <= sum(count == 2 for count in counts) <= 25
    assert min(counts) == 2
