import numpy as np
import pytest
from skimage.draw import ellipse as drawn_ellipse
from skimage.measure import EllipseModel

from ultrasam.corpus.reading.ellipses import fit_ellipse


def points_of(centre_xy, axes, angle, start=0.0, stop=2 * np.pi, count=200):
    t = np.linspace(start, stop, count, endpoint=False)
    u, v = axes[0] * np.cos(t), axes[1] * np.sin(t)
    return np.stack(
        [centre_xy[0] + u * np.cos(angle) - v * np.sin(angle), centre_xy[1] + u * np.sin(angle) + v * np.cos(angle)], 1
    )


@pytest.mark.parametrize(("start", "stop"), [(0.0, 2 * np.pi), (0.5, 4.0), (2.0, 4.2)], ids=["whole", "arc", "short"])
@pytest.mark.parametrize("angle", [0.0, 0.4, 1.5])
def test_an_ellipse_is_found_again_from_a_part_of_it(start, stop, angle):
    """Against scikit-image's filled ellipse of the same axes; it turns the other way, as its rows run down."""
    found = fit_ellipse(points_of((400, 270), (200, 140), angle, start, stop))
    expected = np.zeros((540, 800), bool)
    expected[drawn_ellipse(270, 400, 140, 200, shape=expected.shape, rotation=-angle)] = True
    mask = found.mask(expected.shape)
    assert (mask & expected).sum() / (mask | expected).sum() > 0.999


def test_noisy_points_give_what_scikit_image_fits():
    points = points_of((120, 90), (60, 35), 0.7, 0, 5) + np.random.default_rng(0).normal(0, 0.7, (200, 2))
    model = EllipseModel.from_estimate(points)
    found = fit_ellipse(points)
    ours = found.distances(model.predict_xy(np.linspace(0, 2 * np.pi, 100)))
    # It minimises the exact distances, not those to first order.
    assert ours.max() < 0.2


def test_distances_are_in_pixels():
    found = fit_ellipse(points_of((50, 40), (30, 30), 0))
    assert found.mask((100, 100), 2.0).sum() == pytest.approx(np.pi * 32**2, rel=0.01)
    away = points_of((50, 40), (32, 32), 0)
    assert found.distances(away) == pytest.approx(2, rel=0.05)


def test_an_ellipse_that_leaves_the_image_is_clipped():
    mask = fit_ellipse(points_of((-0.5, -0.5), (10, 10), 0)).mask((20, 30))
    assert mask.sum() == pytest.approx(np.pi * 100 / 4, rel=0.1)


@pytest.mark.parametrize(
    "points",
    [np.zeros((0, 2)), np.zeros((20, 2)), np.stack([np.arange(20), np.arange(20)], 1), np.eye(5)[:, :2]],
    ids=["none", "one", "a line", "too few"],
)
def test_there_is_no_ellipse_through_a_line_or_a_point(points):
    assert fit_ellipse(points) is None
