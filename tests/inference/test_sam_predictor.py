import numpy as np
import pytest
import torch

from tests.inference.small_model import small_pair, small_segmenter
from tests.modeling.networks import SIZE
from tests.references import segment_anything
from ultrasam.errors import UltraSamError
from ultrasam.inference.sam_predictor import ResizeLongestSide, SamPredictor

H, W = 147, 211
RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (H, W, 3), dtype=np.uint8)
POINTS, LABELS = np.array([[30.0, 40.0], [100.5, 77.25], [180.0, 20.0]]), np.array([1, 0, 1])
BOX = np.array([20.0, 30.0, 150.0, 120.0])
LOGITS = RNG.normal(size=(1, SIZE // 4, SIZE // 4)).astype(np.float32)


@pytest.fixture(scope="module")
def predictors():
    """Ours and theirs, with one image set."""
    ours, reference = small_pair()
    reference.to(torch.float32)
    theirs = segment_anything().SamPredictor(reference)
    mine = SamPredictor(ours)
    theirs.set_image(IMAGE)
    mine.set_image(IMAGE)
    return mine, theirs


@pytest.mark.parametrize("multimask_output", [True, False])
@pytest.mark.parametrize("return_logits", [True, False])
@pytest.mark.parametrize(
    "prompt",
    [
        {"point_coords": POINTS[:1], "point_labels": LABELS[:1]},
        {"point_coords": POINTS, "point_labels": LABELS},
        {"box": BOX},
        {"box": BOX[None]},
        {"mask_input": LOGITS},
        {"point_coords": POINTS, "point_labels": LABELS, "box": BOX, "mask_input": LOGITS},
        {},
    ],
    ids=["point", "points", "box", "box in a batch", "mask", "all", "none"],
)
def test_predict_equals_segment_anything(predictors, prompt, multimask_output, return_logits):
    options = {"multimask_output": multimask_output, "return_logits": return_logits}
    ours, theirs = (predictor.predict(**prompt, **options) for predictor in predictors)
    for mine, expected in zip(ours, theirs, strict=True):
        assert mine.shape == expected.shape
        assert mine.dtype == expected.dtype
    if return_logits:
        assert np.abs(ours[0] - theirs[0]).max() < 1e-4
    else:
        assert (ours[0] != theirs[0]).mean() < 1e-4
    assert np.abs(ours[1] - theirs[1]).max() < 1e-4
    assert np.abs(ours[2] - theirs[2]).max() < 1e-4


def test_predict_torch_equals_segment_anything(predictors):
    mine, theirs = predictors
    boxes = torch.tensor([[20.0, 30.0, 150.0, 120.0], [0.0, 0.0, 211.0, 147.0], [5.0, 6.0, 50.0, 60.0]])
    points, labels = torch.rand(3, 2, 2) * 100, torch.tensor([[1, 0], [1, 1], [0, -1]])
    results = []
    for predictor in (mine, theirs):
        moved_boxes = predictor.transform.apply_boxes_torch(boxes, (H, W))
        moved_points = predictor.transform.apply_coords_torch(points, (H, W))
        results.append(predictor.predict_torch(moved_points, labels, moved_boxes, multimask_output=True))
    for ours, expected in zip(*results, strict=True):
        assert ours.shape == expected.shape
        assert (ours.float() - expected.float()).abs().max() < (1e-4 if ours.dtype != torch.bool else 1.1)
    assert (results[0][0] != results[1][0]).float().mean() < 1e-4


def test_embedding_sizes_and_device(predictors):
    mine, theirs = predictors
    assert (mine.get_image_embedding() - theirs.get_image_embedding()).abs().max() < 1e-4
    assert (mine.original_size, mine.input_size) == (theirs.original_size, theirs.input_size)
    assert mine.device == theirs.device
    assert mine.is_image_set


@pytest.mark.parametrize("image_format", ["RGB", "BGR"])
def test_channel_order_and_torch_images(image_format):
    ours, reference = small_pair()
    mine, theirs = SamPredictor(ours), segment_anything().SamPredictor(reference)
    for predictor in (mine, theirs):
        predictor.set_image(IMAGE, image_format)
    assert (mine.get_image_embedding() - theirs.get_image_embedding()).abs().max() < 1e-4
    transformed = torch.tensor(mine.transform.apply_image(IMAGE)).permute(2, 0, 1)[None]
    for predictor in (mine, theirs):
        predictor.set_torch_image(transformed, (H, W))
    assert (mine.get_image_embedding() - theirs.get_image_embedding()).abs().max() < 1e-4


def test_transform_equals_segment_anything():
    segment_anything()
    from segment_anything.utils.transforms import ResizeLongestSide as Theirs

    ours, theirs = ResizeLongestSide(1024), Theirs(1024)
    boxes = np.array([[1.0, 2.0, 30.0, 40.0], [0, 0, W, H]])
    assert np.array_equal(ours.apply_image(IMAGE), theirs.apply_image(IMAGE))
    assert np.allclose(ours.apply_coords(POINTS, (H, W)), theirs.apply_coords(POINTS, (H, W)))
    assert np.allclose(ours.apply_boxes(boxes, (H, W)), theirs.apply_boxes(boxes, (H, W)))
    tensor = torch.tensor(boxes)
    assert torch.allclose(
        ours.apply_boxes_torch(tensor, (H, W)).float(), theirs.apply_boxes_torch(tensor, (H, W)).float()
    )


def test_a_bare_network_can_be_given(predictors):
    ours, _ = small_pair()
    predictor = SamPredictor(ours.network)
    assert predictor.transform.target_length == 1024


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.predict(box=BOX), "call set_image first"),
        (lambda p: p.get_image_embedding(), "call set_image first"),
        (lambda p: p.set_image(IMAGE, "GBR"), "RGB or BGR"),
        (lambda p: p.set_image(IMAGE.astype(float)), "uint8"),
        (lambda p: p.set_torch_image(torch.zeros(1, 3, 8, 8), (8, 8)), "longest side"),
    ],
)
def test_errors_without_an_image(call, message):
    ours, _ = small_pair()
    with pytest.raises(UltraSamError, match=message):
        call(SamPredictor(ours))


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ({"point_coords": POINTS}, "point_labels"),
        ({"point_coords": POINTS, "point_labels": LABELS[:2]}, "point_labels"),
    ],
)
def test_errors_in_prompts(predictors, prompt, message):
    with pytest.raises(UltraSamError, match=message):
        predictors[0].predict(**prompt)


def test_prompts_of_different_numbers_of_objects(predictors):
    with pytest.raises(UltraSamError, match="as many objects"):
        predictors[0].predict_torch(torch.zeros(2, 1, 2), torch.ones(2, 1), torch.zeros(3, 4))


@pytest.mark.parametrize("pipeline", ["medsam", "ultrasam"])
def test_weights_of_another_pipeline_are_refused(pipeline):
    with pytest.raises(UltraSamError, match=f"got {pipeline}"):
        SamPredictor(small_segmenter(pipeline=pipeline))


def test_half_precision():
    ours, _ = small_pair()
    predictor = SamPredictor(ours.network.to(torch.bfloat16))
    predictor.set_image(IMAGE[:64, :64])
    masks, scores, logits = predictor.predict(box=np.array([5, 5, 40, 40]))
    assert (masks.dtype, scores.dtype, logits.dtype) == (bool, np.float32, np.float32)


def test_embeddings_can_be_trained_on(predictors):
    for predictor in predictors:
        head = torch.nn.Conv2d(256, 1, 1)
        head(predictor.get_image_embedding()).sum().backward()
        assert head.weight.grad is not None


def test_reset_forgets_the_image():
    ours, _ = small_pair()
    predictor = SamPredictor(ours)
    predictor.set_image(IMAGE)
    predictor.reset_image()
    assert not predictor.is_image_set
