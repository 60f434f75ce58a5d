import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultrasam.errors import InputError
from ultrasam.prompting import exact_box, jittered_box, scaled_box, shifted_box
from ultrasam.types import Prompts

BOX, SIZE_HW = (300, 200, 420, 280), (600, 800)
WIDTH, HEIGHT = 120, 80
CHANGES = {
    "jitter": lambda box, amount, size_hw, seed=0: jittered_box(box, amount, size_hw, generator(seed)),
    "shift": lambda box, amount, size_hw, seed=0: shifted_box(box, amount, size_hw, generator(seed)),
    "scale": lambda box, amount, size_hw, seed=0: scaled_box(box, amount, size_hw),
}
changes = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def generator(seed=0):
    return np.random.default_rng(seed)


@st.composite
def boxes_in_images(draw):
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    x0, y0 = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    x1, y1 = draw(st.integers(x0 + 1, width)), draw(st.integers(y0 + 1, height))
    return (x0, y0, x1, y1), (height, width)


@changes
@given(case=boxes_in_images(), amount=st.floats(0.01, 0.5), seed=st.integers(0, 2**32))
def test_every_box_is_a_valid_prompt_of_its_image(change, case, amount, seed):
    box, size_hw = case
    changed = change(box, amount, size_hw, seed)
    assert all(type(value) is float for value in changed)
    x0, y0, x1, y1 = Prompts(box_xyxy=changed).check_inside(size_hw).box_xyxy
    assert min(x1 - x0, y1 - y0) >= 1 - 1e-12


@given(case=boxes_in_images(), factor=st.floats(1, 100))
def test_a_larger_box_holds_the_box(case, factor):
    (x0, y0, x1, y1), size_hw = case
    left, top, right, bottom = scaled_box((x0, y0, x1, y1), factor, size_hw)
    assert left <= x0 + 1e-9
    assert top <= y0 + 1e-9
    assert right >= x1 - 1e-9
    assert bottom >= y1 - 1e-9


@changes
@given(case=boxes_in_images())
def test_nothing_changes_where_nothing_is_asked(change, case):
    box, size_hw = case
    assert change(box, 1 if change is CHANGES["scale"] else 0, size_hw) == box


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.2, 0.5])
def test_jitter_moves_each_side_uniformly_and_by_itself(fraction):
    rng = generator()
    drawn = np.array([jittered_box(BOX, fraction, SIZE_HW, rng) for _ in range(4000)])
    moves = (drawn - BOX) / (WIDTH, HEIGHT, WIDTH, HEIGHT) / fraction
    assert np.abs(moves).max() <= 1 + 1e-12
    # Four standard errors of the mean, of the variance (1/3) and of the correlations of 4000 uniform numbers.
    assert moves.mean(axis=0) == pytest.approx(0, abs=0.037)
    assert moves.var(axis=0) == pytest.approx(1 / 3, abs=0.019)
    assert np.corrcoef(moves.T) == pytest.approx(np.eye(4), abs=0.064)


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.15, 1])
def test_shift_is_exact_and_goes_all_four_ways(fraction):
    rng = generator()
    drawn = np.array([shifted_box(BOX, fraction, SIZE_HW, rng) for _ in range(400)])
    moves = drawn - BOX
    assert moves[:, :2] == pytest.approx(moves[:, 2:])
    assert np.abs(moves[:, :2]) == pytest.approx(np.tile([fraction * WIDTH, fraction * HEIGHT], (400, 1)))
    times = np.unique(np.sign(moves[:, :2]), axis=0, return_counts=True)[1]
    # A hundred each way: four standard deviations are 35.
    assert times == pytest.approx([100] * 4, abs=35)


@pytest.mark.parametrize(
    ("factor", "expected"), [(0.85, (309, 206, 411, 274)), (1.15, (291, 194, 429, 286)), (2, (240, 160, 480, 320))]
)
def test_scale_is_exact_about_the_centre(factor, expected):
    assert scaled_box(BOX, factor, SIZE_HW) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("box", "factor", "expected"),
    [
        ((0, 0, 10, 10), 2, (0, 0, 15, 15)),
        ((35, 25, 40, 30), 2, (32.5, 22.5, 40, 30)),
        ((0, 0, 40, 30), 1.15, (0, 0, 40, 30)),
        ((5, 5, 6, 7), 0.5, (5, 5.5, 6, 6.5)),
        ((0, 0, 1, 1), 0.1, (0, 0, 1, 1)),
        ((39, 29, 40, 30), 0.1, (39, 29, 40, 30)),
    ],
)
def test_boxes_are_clipped_to_the_image_and_one_pixel_wide(box, factor, expected):
    assert scaled_box(box, factor, (30, 40)) == pytest.approx(expected)


def test_a_box_that_is_shifted_off_the_image_keeps_a_pixel_there():
    shifted = {shifted_box((0, 0, 10, 10), 1, (10, 10), generator(seed)) for seed in range(20)}
    assert shifted == {(0, 0, 1, 1), (9, 0, 10, 1), (0, 9, 1, 10), (9, 9, 10, 10)}


@pytest.mark.parametrize("change", [CHANGES["jitter"], CHANGES["shift"]])
def test_randomness_hangs_on_the_seed_only(change):
    assert change(BOX, 0.1, SIZE_HW, 1) == change(BOX, 0.1, SIZE_HW, 1)
    assert len({change(BOX, 0.1, SIZE_HW, seed) for seed in range(20)}) > 1


@pytest.mark.parametrize("change", [jittered_box, shifted_box])
def test_every_box_takes_as_many_random_numbers(change):
    rests = []
    for box in (BOX, (0, 0, 1, 1)):
        rng = generator()
        change(box, 0.5, SIZE_HW, rng)
        rests.append(rng.random())
    assert rests[0] == rests[1]


@pytest.mark.parametrize(
    ("name", "amount"),
    [
        ("jitter", 0.51),
        ("jitter", -0.1),
        ("jitter", np.nan),
        ("shift", 1.1),
        ("shift", -0.1),
        ("shift", np.nan),
        ("scale", 0),
        ("scale", -1),
        ("scale", np.nan),
        ("scale", np.inf),
    ],
)
def test_amounts_out_of_bounds_are_refused(name, amount):
    with pytest.raises(InputError, match=r"fraction of the box's sides|positive factor"):
        CHANGES[name](BOX, amount, SIZE_HW)


@changes
@pytest.mark.parametrize("box", [(5, 5, 5, 9), (5, 9, 9, 5), (np.nan, 1, 2, 3), (0, 0, np.inf, 3)])
def test_boxes_without_area_are_refused(change, box):
    with pytest.raises(InputError, match="x0 < x1 and y0 < y1"):
        change(box, 0.1, SIZE_HW)


@changes
def test_images_without_pixels_are_refused(change):
    with pytest.raises(InputError, match="at least 1 x 1 pixels"):
        change(BOX, 0.1, (0, 10))


class TestExact:
    def test_is_tight_and_exclusive(self):
        mask = np.zeros((40, 60), bool)
        mask[5:17, 20:21] = True
        mask[9, 31] = True
        assert exact_box(mask) == (20.0, 5.0, 32.0, 17.0)

    def test_an_empty_mask_has_none(self):
        with pytest.raises(InputError, match="at least one pixel"):
            exact_box(np.zeros((4, 4), bool))
