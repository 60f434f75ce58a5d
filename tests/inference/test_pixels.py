import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from tests.references import EXAMPLES, segment_anything
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.inference.pipelines import MedSamPipeline, SamPipeline
from ultrasam.inference.pixels import resize_antialiased, resize_opencv, scale_to_unit


@pytest.mark.parametrize(
    ("size_hw", "target_hw"),
    [
        ((480, 640), (768, 1024)),
        ((1000, 700), (1024, 716)),
        ((1500, 2048), (750, 1024)),
        ((2048, 1536), (1024, 768)),
        ((33, 57), (592, 1024)),
        ((1, 5), (204, 1024)),
        ((768, 1024), (768, 1024)),
        ((3, 3000), (1, 1024)),
    ],
)
def test_resize_is_bit_for_bit_that_of_opencv(size_hw, target_hw):
    rgb = np.random.default_rng(3).integers(0, 256, (*size_hw, 3), dtype=np.uint8)
    expected = cv2.resize(rgb, target_hw[::-1], interpolation=cv2.INTER_LINEAR)
    assert np.array_equal(resize_opencv(rgb, target_hw), expected)


def test_antialiased_resize_is_that_of_segment_anything():
    segment_anything()
    from segment_anything.utils.transforms import ResizeLongestSide

    rgb = np.random.default_rng(4).integers(0, 256, (301, 517, 3), dtype=np.uint8)
    frame = ModelFrame.fitted((301, 517), 1024)
    assert np.array_equal(resize_antialiased(rgb, frame.resized_hw), ResizeLongestSide(1024).apply_image(rgb))


def test_input_is_that_of_segment_anything():
    segment_anything()
    from segment_anything.modeling import Sam as TheirSam
    from segment_anything.utils.transforms import ResizeLongestSide

    rgb = np.random.default_rng(5).integers(0, 256, (301, 517, 3), dtype=np.uint8)
    resized = torch.from_numpy(ResizeLongestSide(256).apply_image(rgb)).permute(2, 0, 1)[None]
    stand_in = type("StandIn", (), {})()
    stand_in.image_encoder = type("Encoder", (), {"img_size": 256})()
    stand_in.pixel_mean = torch.tensor([123.675, 116.28, 103.53]).view(-1, 1, 1)
    stand_in.pixel_std = torch.tensor([58.395, 57.12, 57.375]).view(-1, 1, 1)
    expected = TheirSam.preprocess(stand_in, resized)[0]
    pipeline = SamPipeline()
    assert torch.equal(pipeline.to_input(rgb, pipeline.frame((301, 517), 256)), expected)


@pytest.mark.parametrize("name", ["fetal_head", "nerve", "breast_lesion"])
def test_medsam_input_is_close_to_its_own_script(name):
    from skimage import transform

    rgb = np.asarray(Image.open(EXAMPLES / f"{name}.png").convert("RGB"))
    # MedSAM's inference script, in its own words.
    expected = transform.resize(rgb, (1024, 1024), order=3, preserve_range=True, anti_aliasing=True).astype(np.uint8)
    expected = (expected - expected.min()) / np.clip(expected.max() - expected.min(), 1e-8, None)
    pipeline = MedSamPipeline()
    ours = pipeline.to_input(rgb, pipeline.frame(rgb.shape[:2], 1024)).permute(1, 2, 0).numpy()
    assert (ours.min(), ours.max()) == (0, 1)
    assert np.abs(ours - expected).mean() < 2 / 255
    assert np.corrcoef(ours.ravel(), expected.ravel())[0, 1] > 0.999


def test_a_flat_image_has_no_contrast_to_stretch():
    assert not scale_to_unit(torch.full((3, 4, 4), 7.0)).any()
