import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.references import segment_anything
from ultrasam.inference.coordinates import SURE_LOGIT, ModelFrame

SIDES = st.integers(1, 6000)
FITS = st.sampled_from(["round", "floor", "squash"])
INPUTS = st.sampled_from([64, 320, 1024])


@given(SIDES, SIDES, FITS, INPUTS)
def test_every_image_fits_the_input_and_keeps_at_least_one_pixel(height, width, fit, size):
    frame = ModelFrame.fitted((height, width), size, fit)
    assert min(frame.resized_hw) >= 1
    assert max(frame.resized_hw) <= size
    # The official pipeline loses a pixel to rounding in some sizes; the others fill the longest side.
    assert max(frame.resized_hw) >= size - (fit == "floor")


@given(SIDES, SIDES, FITS, INPUTS, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5))
def test_to_model_and_back_is_the_identity(height, width, fit, size, shares):
    frame = ModelFrame.fitted((height, width), size, fit)
    points = np.array(shares) * (width, height)
    model = frame.to_model(points)
    assert np.allclose(frame.to_original(model), points, rtol=1e-12, atol=1e-9)
    assert (model >= 0).all()
    assert (model <= np.array(frame.resized_hw[::-1]) * (1 + 1e-12)).all()


@given(SIDES, SIDES)
def test_corners_of_the_image_are_corners_of_the_resized_image(height, width):
    frame = ModelFrame.fitted((height, width), 1024)
    assert frame.to_model((width, height)) == pytest.approx(frame.resized_hw[::-1])


@settings(max_examples=200)
@given(SIDES, SIDES, INPUTS)
def test_sizes_and_coordinates_are_those_of_segment_anything(height, width, size):
    segment_anything()
    from segment_anything.utils.transforms import ResizeLongestSide

    theirs = ResizeLongestSide(size)
    expected = theirs.get_preprocess_shape(height, width, size)
    frame = ModelFrame.fitted((height, width), size)
    if min(expected) >= 1:  # segment-anything cannot take images so elongated that a side vanishes
        assert frame.resized_hw == expected
        points = np.array([[0.0, 0.0], [width / 3, height / 7]])
        assert np.allclose(frame.to_model(points), theirs.apply_coords(points, (height, width)))


@pytest.mark.parametrize(
    ("side", "resized"), [(479, 1023), (506, 1023), (644, 1023), (725, 1023), (1002, 1023), (512, 1024)]
)
def test_the_official_pipeline_rounds_down(side, resized):
    assert ModelFrame.fitted((side, side // 2), 1024, "floor").resized_hw[0] == resized


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_upsampling_equals_segment_anything(height, width, seed):
    segment_anything()
    from segment_anything.modeling import Sam as TheirSam

    logits = torch.randn(2, 64, 64, generator=torch.Generator().manual_seed(seed))
    frame = ModelFrame.fitted((height, width), 256)

    class Encoder:
        img_size = 256

    stand_in = type("StandIn", (), {"image_encoder": Encoder})()
    theirs = TheirSam.postprocess_masks(stand_in, logits[None], frame.resized_hw, (height, width))[0]
    ours = frame.logits_to_original(logits)
    assert ours.shape == (2, height, width)
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize("size_hw", [(480, 640), (639, 211), (37, 23), (2000, 3000), (1, 1), (1, 500)])
def test_a_mask_prompt_comes_back_as_the_same_mask(size_hw):
    height, width = size_hw
    mask = np.zeros(size_hw, bool)
    mask[height // 4 : height // 4 + max(height // 2, 1), width // 3 : width // 3 + max(width // 3, 1)] = True
    frame = ModelFrame.fitted(size_hw, 1024)
    logits = frame.mask_to_logits(mask)
    assert logits.shape == (256, 256)
    assert logits.abs().max() <= SURE_LOGIT
    back = frame.logits_to_original(logits[None])[0].numpy() > 0
    dice = 2 * (back & mask).sum() / (back.sum() + mask.sum())
    assert dice > (0.97 if min(size_hw) > 20 else 0.6)
    outside = logits.clone()
    outside[: round(frame.resized_hw[0] / 4) or 1, : round(frame.resized_hw[1] / 4) or 1] = -SURE_LOGIT
    assert (outside == -SURE_LOGIT).all(), "the padding is outside the object"


@given(SIDES, SIDES, FITS, st.sampled_from([4, 16]))
def test_cells_of_the_image_are_those_that_it_touches(height, width, fit, stride):
    frame = ModelFrame.fitted((height, width), 320, fit)
    filled = torch.zeros(320, 320)
    filled[: frame.resized_hw[0], : frame.resized_hw[1]] = 1
    touched = torch.nn.functional.max_pool2d(filled[None, None], stride)[0, 0] > 0
    rows, columns = frame.cells_hw(stride)
    assert int(touched.sum()) == rows * columns
    assert touched[:rows, :columns].all()


def test_the_padding_is_surely_outside():
    frame = ModelFrame.fitted((50, 100), 64)
    logits = torch.full((3, 16, 16), 2.0)
    emptied = frame.without_padding(logits)
    assert (emptied[:, :8] == 2).all()
    assert (emptied[:, 8:] == -SURE_LOGIT).all()
    assert (logits == 2).all()
