import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultrasam.errors import PromptError, UltraSamError
from ultrasam.types import Prompts

SIZE_HW = (480, 640)
xs, ys = st.floats(0, 640, width=32), st.floats(0, 480, width=32)


@pytest.mark.parametrize(
    "points",
    [
        [(420, 300), (520, 310)],
        ((420, 300), (520, 310)),
        np.array([[420, 300], [520, 310]], np.int16),
        np.array([[420, 300], [520, 310]], np.float64),
    ],
)
def test_points_may_be_anything_like_an_array(points):
    prompts = Prompts(points_xy=points)
    assert prompts.points_xy.dtype == np.float32
    np.testing.assert_array_equal(prompts.points_xy, [[420, 300], [520, 310]])
    assert prompts.labels.dtype == np.int64
    assert prompts.labels.tolist() == [1, 1]


def test_torch_tensors_are_array_like_too():
    import torch

    prompts = Prompts(points_xy=torch.tensor([[4.0, 3.0]]), labels=torch.tensor([0]))
    assert (prompts.points_xy.tolist(), prompts.labels.tolist()) == ([[4, 3]], [0])


def test_one_point_needs_no_list():
    prompts = Prompts(points_xy=(420, 300), labels=0)
    assert (prompts.points_xy.tolist(), prompts.labels.tolist()) == ([[420, 300]], [0])


def test_a_box_becomes_a_tuple_of_floats():
    box = Prompts(box_xyxy=np.array([1, 2, 3, 4], np.uint8)).box_xyxy
    assert box == (1.0, 2.0, 3.0, 4.0)
    assert all(type(value) is float for value in box)


def test_what_is_not_given_is_empty():
    prompts = Prompts(box_xyxy=(1, 2, 3, 4))
    assert (prompts.points_xy.shape, prompts.labels.shape) == ((0, 2), (0,))
    assert prompts.mask is None
    assert prompts.name is None
    assert Prompts(points_xy=[(1, 2)], name="head").box_xyxy is None


@pytest.mark.parametrize("empty", [[], np.zeros((0, 2))])
def test_no_points_beside_a_box_are_fine(empty):
    assert len(Prompts(points_xy=empty, labels=[], box_xyxy=(1, 2, 3, 4)).points_xy) == 0


def test_the_name_is_kept():
    assert Prompts(points_xy=(1, 2), name="left lobe").name == "left lobe"


def test_a_bool_mask_stays_bool():
    mask = np.eye(4, dtype=bool)
    assert (Prompts(mask=mask).mask == mask).all()
    assert Prompts(mask=mask[None]).mask.shape == (4, 4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_logits_become_float32(dtype):
    mask = Prompts(mask=np.full((1, 256, 256), -1.5, dtype)).mask
    assert (mask.dtype, mask.shape) == (np.float32, (256, 256))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "at least one point, a box or a mask"),
        ({"name": "head"}, "at least one point, a box or a mask"),
        ({"points_xy": []}, "at least one point, a box or a mask"),
        ({"labels": [1]}, "one label .* each of the 0 points, but got 1"),
        ({"points_xy": [(1, 2)], "labels": [1, 0]}, "each of the 1 points, but got 2"),
        ({"points_xy": [(1, 2), (3, 4)], "labels": [1]}, "each of the 2 points, but got 1"),
        ({"points_xy": [(1, 2)], "labels": [2]}, r"1 \(inside\) or 0 \(outside\), but got \[2"),
        ({"points_xy": [(1, 2)], "labels": [0.5]}, r"1 \(inside\) or 0 \(outside\)"),
        ({"points_xy": [(1, 2)], "labels": [float("nan")]}, "finite numbers in labels"),
        ({"points_xy": [(1, 2)], "labels": ["inside"]}, "numbers in labels"),
        ({"points_xy": [(1, 2, 3)]}, r"shape \(N, 2\), but got shape \(1, 3\)"),
        ({"points_xy": [1, 2, 3]}, r"shape \(N, 2\)"),
        ({"points_xy": 5}, r"shape \(N, 2\)"),
        ({"points_xy": np.ones((2, 2, 2))}, r"shape \(N, 2\)"),
        ({"points_xy": [(1, float("nan"))]}, "finite numbers in points_xy"),
        ({"points_xy": [(float("inf"), 1)]}, "finite numbers in points_xy"),
        ({"points_xy": [("a", "b")]}, "numbers in points_xy"),
        ({"points_xy": [(1, 2), (3,)]}, "numbers in points_xy"),
        ({"box_xyxy": (1, 2, 3)}, r"four numbers \(x0, y0, x1, y1\), but got 3"),
        ({"box_xyxy": [(1, 2, 3, 4)]}, "four numbers"),
        ({"box_xyxy": (1, 2, 3, float("nan"))}, "finite numbers in box_xyxy"),
        ({"box_xyxy": "1,2,3,4"}, "numbers in box_xyxy"),
        ({"box_xyxy": (30, 2, 3, 40)}, "x0 < x1 and y0 < y1, .* left upper corner first"),
        ({"box_xyxy": (3, 40, 30, 2)}, "x0 < x1 and y0 < y1"),
        ({"box_xyxy": (3, 2, 3, 40)}, "x0 < x1 and y0 < y1"),
        ({"mask": np.zeros((4, 4), bool)}, "at least one pixel set"),
        ({"mask": np.ones((4, 4), np.uint8)}, "bool array .* but got shape .* of uint8"),
        ({"mask": np.ones((2, 4, 4), bool)}, "bool array"),
        ({"mask": np.ones(4)}, "bool array"),
        ({"mask": np.full((256, 256), np.nan)}, "finite logits"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(PromptError, match=message) as caught:
        Prompts(**arguments)
    assert str(caught.value).startswith("Expected ")
    assert isinstance(caught.value, UltraSamError)
    assert isinstance(caught.value, ValueError)


def test_a_refused_box_does_not_hide_behind_a_good_point():
    with pytest.raises(PromptError, match="box_xyxy"):
        Prompts(points_xy=(1, 2), box_xyxy=(5, 5, 4, 4))


@pytest.mark.parametrize("attribute", ["points_xy", "labels", "box_xyxy", "mask", "name"])
def test_nothing_can_be_replaced(attribute):
    prompts = Prompts(points_xy=(1, 2))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(prompts, attribute, None)


def test_arguments_have_to_be_named():
    with pytest.raises(TypeError):
        Prompts([(1, 2)])


@given(st.lists(st.tuples(xs.filter(lambda x: x < 640), ys.filter(lambda y: y < 480)), max_size=6), st.data())
def test_what_lies_inside_the_image_passes(points, data):
    labels = data.draw(st.lists(st.sampled_from([0, 1]), min_size=len(points), max_size=len(points)))
    x0, x1 = sorted(data.draw(st.tuples(xs, xs).filter(lambda pair: pair[0] != pair[1])))
    y0, y1 = sorted(data.draw(st.tuples(ys, ys).filter(lambda pair: pair[0] != pair[1])))
    prompts = Prompts(points_xy=points, labels=labels, box_xyxy=(x0, y0, x1, y1))
    assert prompts.check_inside(SIZE_HW) is prompts
    assert prompts.points_xy.tolist() == [list(point) for point in points]
    assert prompts.labels.tolist() == labels
    assert prompts.box_xyxy == (x0, y0, x1, y1)


far = st.floats(-1e6, 1e6).filter(lambda value: not -0.01 < value < 640.1)


@given(far, ys, st.booleans())
def test_a_point_outside_is_named(x, y, first):
    points = [(x, y), (5, 6)] if first else [(5, 6), (x, y)]
    with pytest.raises(PromptError, match=r"every point inside the image of 640 x 480 pixels"):
        Prompts(points_xy=points).check_inside(SIZE_HW)


@pytest.mark.parametrize("box", [(-1, 0, 5, 5), (0, -1, 5, 5), (0, 0, 641, 5), (0, 0, 5, 481)])
def test_a_box_outside_is_named(box):
    with pytest.raises(PromptError, match=r"box_xyxy inside the image .* but got \("):
        Prompts(box_xyxy=box).check_inside(SIZE_HW)


def test_width_and_height_are_not_mixed_up():
    assert Prompts(points_xy=(639, 479), box_xyxy=(0, 0, 640, 480)).check_inside(SIZE_HW)
    with pytest.raises(PromptError):
        Prompts(points_xy=(480, 640)).check_inside(SIZE_HW)


def test_a_bool_mask_needs_the_images_size():
    assert Prompts(mask=np.ones(SIZE_HW, bool)).check_inside(SIZE_HW)
    with pytest.raises(PromptError, match=r"size 480 x 640 .* but got 640 x 480"):
        Prompts(mask=np.ones(SIZE_HW[::-1], bool)).check_inside(SIZE_HW)


def test_logits_lie_in_the_models_frame_and_fit_any_image():
    assert Prompts(mask=np.ones((256, 256), np.float32)).check_inside(SIZE_HW)
