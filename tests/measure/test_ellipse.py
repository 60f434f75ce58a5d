import csv

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from scipy import ndimage
from scipy.special import ellipe
from skimage.measure import EllipseModel, regionprops

from tests.measure.shapes import blobs, ellipse
from tests.references import shared
from ultrasam.errors import InputError
from ultrasam.measure import Ellipse, fit_ellipse, measure
from ultrasam.measure.runs import Runs

axes = st.floats(1e-3, 1e4)


def points_on(centre, major, minor, angle_deg, count=60):
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    angle = np.deg2rad(angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([major / 2 * np.cos(t), minor / 2 * np.sin(t)]) @ turn.T + centre


def degrees_between(one, other):
    return abs((one - other + 90) % 180 - 90)


@given(axes, axes)
def test_circumference_is_the_elliptic_integral(one, other):
    major, minor = max(one, other), min(one, other)
    expected = 2 * major * ellipe(1 - (minor / major) ** 2)
    assert Ellipse((0, 0), major, minor, 0).circumference == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("major", "minor", "expected"), [(2, 2, 2 * np.pi), (3, 0, 6), (0, 0, 0), (1, 1e-12, 2)])
def test_circumference_of_limits(major, minor, expected):
    assert Ellipse((0, 0), major, minor, 0).circumference == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_moments_give_the_ellipse_of_scikit_image(seed):
    mask = blobs(seed)
    region = regionprops(mask.astype(np.uint8))[0]
    mine = Ellipse.of_moments(*Runs.of(mask).moments())
    # Theirs is of the pixels' centres, ours of their squares.
    assert mine.major_axis**2 - 16 / 12 == pytest.approx(region.axis_major_length**2)
    assert mine.minor_axis**2 - 16 / 12 == pytest.approx(region.axis_minor_length**2)
    # Theirs is the angle between the y axis and the long axis.
    assert degrees_between(mine.angle_deg, 90 - np.degrees(region.orientation)) < 1e-6


@pytest.mark.parametrize("angle", [-75, -30, 0, 10, 45, 90])
def test_a_drawn_ellipse_is_found_again_from_its_mask(angle):
    found = measure(ellipse(300, 220, angle)).ellipse
    assert found.major_axis == pytest.approx(300, abs=0.2)
    assert found.minor_axis == pytest.approx(220, abs=0.2)
    assert found.angle_deg == pytest.approx(angle, abs=0.1)


@settings(max_examples=50)
@given(
    st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)),
    st.floats(1, 1e3),
    st.floats(0.1, 0.95),
    st.floats(-89, 90),
)
def test_fit_finds_a_known_ellipse(centre, major, ratio, angle):
    found = fit_ellipse(points_on(centre, major, ratio * major, angle))
    assert found.centre_xy == pytest.approx(centre, abs=1e-6 * major)
    assert found.major_axis == pytest.approx(major, rel=1e-6)
    assert found.minor_axis == pytest.approx(ratio * major, rel=1e-6)
    assert degrees_between(found.angle_deg, angle) < 1e-3


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("seed", range(5))
def test_fit_to_noisy_points_is_that_of_scikit_image(seed):
    points = points_on((310, 205), 220, 140, 35) + np.random.default_rng(seed).normal(0, 4, (60, 2))
    model = EllipseModel()
    assert model.estimate(points)
    centre, axes_ = model.params[:2], 2 * np.sort(model.params[2:4])[::-1]
    mine = fit_ellipse(points)
    assert mine.centre_xy == pytest.approx(centre, abs=1e-6)
    assert (mine.major_axis, mine.minor_axis) == pytest.approx(axes_, abs=1e-6)
    _, (short, long), angle = cv2.fitEllipseDirect(points.astype(np.float32))
    assert (mine.major_axis, mine.minor_axis) == pytest.approx((long, short), rel=0.02)
    assert degrees_between(mine.angle_deg, angle - 90) < 2


def test_fit_from_few_points_of_an_arc():
    assert fit_ellipse(points_on((5, 9), 40, 30, 20)[:25]).major_axis == pytest.approx(40, rel=1e-6)


@given(hnp.arrays(float, st.tuples(st.integers(0, 12), st.just(2)), elements=st.integers(-20, 20)))
def test_fit_gives_an_ellipse_or_says_that_there_is_none(points):
    try:
        found = fit_ellipse(points)
    except InputError:
        return
    assert np.isfinite([*found.centre_xy, found.major_axis, found.minor_axis, found.circumference]).all()
    assert found.major_axis >= found.minor_axis > 0
    assert -90 < found.angle_deg <= 90


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((4, 2)), "five finite points"),
        (np.zeros((9, 3)), "five finite points"),
        (np.full((9, 2), np.nan), "five finite points"),
        (np.ones((9, 2)), "no ellipse fits"),
        ([(i, 2 * i) for i in range(9)], "no ellipse fits"),
    ],
)
def test_fit_says_what_it_needs(points, message):
    with pytest.raises(InputError, match=message):
        fit_ellipse(points)


def annotations():
    folder = shared("native/HC18")
    with (folder / "training_set_pixel_size_and_HC.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            name = row["filename"].replace(".png", "_Annotation.png")
            outline = np.asarray(Image.open(folder / "training_set" / name)) > 0
            yield outline, float(row["pixel size(mm)"]), float(row["head circumference (mm)"])


def test_published_head_circumference_of_the_drawn_line():
    errors = [
        fit_ellipse(np.argwhere(outline)[:, ::-1] * spacing).circumference - published
        for outline, spacing, published in annotations()
    ]
    assert len(errors) >= 5
    assert np.abs(errors).max() < 0.01


def test_published_head_circumference_of_the_filled_line():
    # The published ellipse runs in the middle of a line 2.55 pixels thick. Filled with the line, the mask is
    # half a line too large all around; without it, half a line too small.
    half_line = 2.55 / 2
    for outline, spacing, published in annotations():
        outer = ndimage.binary_fill_holes(outline)
        for mask, sign in ((outer, 1), (outer & ~outline, -1)):
            found = measure(mask, (spacing, spacing)).ellipse_mm.circumference
            assert found - sign * 2 * np.pi * half_line * spacing == pytest.approx(published, abs=0.02)
