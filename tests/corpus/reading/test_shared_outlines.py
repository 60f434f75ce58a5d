import cv2
import numpy as np
import pytest
from scipy import ndimage

from tests.corpus.reading.test_outlines import SIZE_HW, Given, overlap
from ultrasam.corpus.reading import Legend, SharedOutlines

LEGEND = Legend.index({1: "ventricle", 2: "atrium", 5: "wall"})
RINGS = (("wall", ("ventricle",)),)
VENTRICLE, ATRIUM, OUTER = ((100, 60), (22, 40)), ((100, 122), (20, 22)), ((100, 62), (38, 54))


def ellipse(canvas, centre_axes, value, thickness=2, start=0, stop=360):
    """An ellipse or a part of its outline, by OpenCV; later ones are drawn over earlier ones."""
    return cv2.ellipse(canvas, *centre_axes, 0, start, stop, value, thickness)


def drawn(*calls):
    canvas = np.zeros(SIZE_HW, np.uint8)
    for call in calls:
        ellipse(canvas, *call[:2], **(call[2] if len(call) > 2 else {}))
    return canvas


def solid(centre_axes, thickness=2):
    """Inside and line."""
    return ndimage.binary_fill_holes(drawn((centre_axes, 1, {"thickness": thickness})))


def read(values, rings=RINGS, size_hw=SIZE_HW):
    found = SharedOutlines(Given(values), LEGEND, rings).read(size_hw)
    return {entry.category: entry.mask for entry in found.objects}, [
        (remark.kind, remark.detail) for remark in found.remarks
    ]


@pytest.mark.parametrize("thickness", [1, 2, 4])
@pytest.mark.parametrize("order", [(1, 5), (5, 1)])
def test_the_wall_is_what_lies_between_two_outlines(thickness, order):
    shape_of = {1: VENTRICLE, 5: OUTER}
    masks, remarks = read(drawn(*((shape_of[value], value, {"thickness": thickness}) for value in order)))
    np.testing.assert_array_equal(masks["ventricle"], solid(VENTRICLE, thickness))
    np.testing.assert_array_equal(masks["wall"], solid(OUTER, thickness) & ~solid(VENTRICLE, thickness))
    assert remarks == []


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_gap_where_another_outline_was_drawn_over_a_line_is_closed_by_that_one(order):
    # Both outlines run along the row of the valve, where only the later one is left.
    canvas = np.zeros(SIZE_HW, np.uint8)
    boxes = {1: ((60, 20), (120, 80)), 2: ((70, 80), (110, 130))}
    for value in order:
        cv2.rectangle(canvas, *boxes[value], value, 1)
    assert (canvas[80, 71:110] == order[1]).all()
    masks, remarks = read(canvas)
    expected = np.zeros((2, *SIZE_HW), bool)
    expected[0, 20:81, 60:121] = expected[1, 80:131, 70:111] = True
    assert overlap(masks["ventricle"], expected[0]) > 0.98
    assert overlap(masks["atrium"], expected[1]) > 0.97
    assert remarks == []


def test_a_horseshoe_that_ends_on_the_ventricle_is_closed_by_it():
    shoe = ((100, 60), (36, 52))
    canvas = drawn((VENTRICLE, 1), (shoe, 5, {"start": 160, "stop": 380}))
    for angle in (160, 380):
        end = tuple(int(c + r * f(np.radians(angle))) for c, r, f in zip(*shoe, (np.cos, np.sin), strict=True))
        inside = tuple(int(c + r * f(np.radians(angle))) for c, r, f in zip(*VENTRICLE, (np.cos, np.sin), strict=True))
        cv2.line(canvas, end, inside, 5, 2)
    masks, remarks = read(canvas)
    upper = np.indices(SIZE_HW)[0] < 70
    assert overlap(masks["ventricle"], solid(VENTRICLE)) > 0.97
    assert overlap(masks["wall"] & upper, solid(shoe) & ~solid(VENTRICLE) & upper) > 0.97
    assert not masks["wall"][105:].any()
    assert remarks == []


def test_filled_objects_stay_as_they_are_even_small_ones_and_with_holes():
    canvas = drawn((OUTER, 5, {"thickness": -1}), (VENTRICLE, 1, {"thickness": -1}))
    canvas[60:70, 95:105] = 0
    canvas[150:155, 10:17] = 2
    masks, remarks = read(canvas)
    for name, value in (("ventricle", 1), ("wall", 5), ("atrium", 2)):
        np.testing.assert_array_equal(masks[name], canvas == value)
    assert remarks == []


def test_a_thin_wall_around_a_filled_ventricle_stays_a_ring():
    canvas = drawn((VENTRICLE, 5, {"thickness": 5}), (VENTRICLE, 1, {"thickness": -1}))
    masks, remarks = read(canvas)
    np.testing.assert_array_equal(masks["wall"], canvas == 5)
    np.testing.assert_array_equal(masks["ventricle"], canvas == 1)
    assert remarks == []


@pytest.mark.parametrize("open_one", [1, 5])
def test_small_gaps_are_closed_and_the_wall_still_ends_at_the_ventricle(open_one):
    canvas = drawn(
        (OUTER, 5, {"stop": 352 if open_one == 5 else 360}), (VENTRICLE, 1, {"stop": 348 if open_one == 1 else 360})
    )
    masks, remarks = read(canvas)
    assert overlap(masks["ventricle"], solid(VENTRICLE)) > 0.97
    assert overlap(masks["wall"], solid(OUTER) & ~solid(VENTRICLE)) > 0.97
    assert not (masks["ventricle"] & masks["wall"]).any()
    assert remarks == [("outline with gaps, closed", {1: "ventricle", 5: "wall"}[open_one])]


def test_an_outline_with_a_wide_gap_is_left_out_and_said():
    masks, remarks = read(drawn((VENTRICLE, 1), (ATRIUM, 2, {"start": 0, "stop": 180})))
    assert list(masks) == ["ventricle"]
    assert remarks == [("open outline, left out", "atrium")]


@pytest.mark.parametrize(("rings", "names"), [(RINGS, []), ((), ["wall"])])
def test_the_outline_of_a_ring_with_nothing_inside_is_left_out(rings, names):
    masks, remarks = read(drawn((OUTER, 5)), rings)
    assert list(masks) == names
    assert len(remarks) == 1 - len(names)


def test_nothing_is_nothing_and_other_values_are_said():
    assert read(np.zeros(SIZE_HW, np.uint8)) == ({}, [])
    canvas = drawn((VENTRICLE, 1))
    canvas[0, :3] = 9
    assert read(canvas)[1] == [("value outside the legend, taken as background", "value 9")]


def test_objects_come_at_the_size_of_the_image():
    masks, _ = read(drawn((VENTRICLE, 1)), size_hw=(SIZE_HW[0] // 2, SIZE_HW[1] // 2))
    np.testing.assert_array_equal(masks["ventricle"], solid(VENTRICLE)[1::2, 1::2])
