"""Against the pipelines, which finish masks in PyTorch; they are held to the original code by their own tests."""

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

import ultrasam
from tests.graphs.running import ENGINES, in_onnxruntime
from tests.references import EXAMPLES
from ultrasam.backends.halves import decoder_graph, encoder_graph
from ultrasam.graphs.copying import copy_decoder, copy_encoder
from ultrasam.graphs.finishing import LARGEST_SIDE, finished, rounded_below
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.inference.pipelines import MedSamPipeline, OfficialUltraSamPipeline, SamPipeline

SIZE = 256
PIPELINES = {"sam": SamPipeline(), "medsam": MedSamPipeline(), "ultrasam": OfficialUltraSamPipeline()}
SIZES = {
    "landscape": (301, 500),
    "portrait": (731, 402),
    "smaller than the input": (97, 120),
    "the input's own": (SIZE, SIZE),
    "half of it": (SIZE // 2, SIZE),
    # 256 / 748 times 748 is below 256 in float64, and the official pipeline rounds down.
    "rounded below": (614, 748),
    "49 pixels": (49, 49),
    # Both sides odd: centres of pixels fall onto centres of cells.
    "odd": (333, 777),
    "one row": (1, 300),
    "three pixels": (3, 1),
}


@pytest.fixture(scope="module")
def logits():
    """Blobs with a ragged outline, of two objects."""
    generator = torch.Generator().manual_seed(0)
    coarse = F.interpolate(torch.randn(2, 4, 7, 7, generator=generator), (SIZE // 4, SIZE // 4), mode="bicubic")
    return coarse + 0.1 * torch.randn(coarse.shape, generator=generator)


@pytest.fixture(scope="module", params=PIPELINES)
def end(request, tmp_path_factory):
    """The end alone, behind a decoder that gives what it gets."""
    decoder = onnx.parser.parse_model(
        """<ir_version: 10, opset_import: ["": 20]>
        g (float[objects, 4, q, q] logits, float[objects, 4] iou)
            => (float[objects, 4, q, q] low_res_masks, float[objects, 4] iou_predictions)
        { low_res_masks = Identity(logits)  iou_predictions = Identity(iou) }"""
    )
    model = finished(decoder, request.param, SIZE)
    path = tmp_path_factory.mktemp("end") / f"{request.param}.onnx"
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    return request.param, path


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("original_hw", SIZES.values(), ids=SIZES)
def test_masks_are_the_pipelines(end, original_hw, engine, logits):
    name, path = end
    pipeline = PIPELINES[name]
    given = {"logits": logits, "iou": torch.ones(2, 4), "orig_im_size": np.array(original_hw, np.float32)}

    found = ENGINES[engine](path, given)

    frame = pipeline.frame(original_hw, SIZE)
    expected = torch.stack([pipeline.finish(of_object, frame) for of_object in logits])
    differing = int(((found["masks"] > 0) != expected).sum())
    assert found["masks"].shape == expected.shape
    if engine == "onnxruntime":
        assert list(found) == ["masks", "iou_predictions", "low_res_masks"]
    assert torch.equal(found["low_res_masks"], logits)
    # Of the official pipeline, without float64: a row of pixels that a cell reaches with a weight of 1e-7.
    allowed = 1e-3 * expected.numel() if (name, engine) == ("ultrasam", "openvino") else 2
    assert differing <= allowed


@pytest.mark.parametrize("input_size", [256, 512, 768, 1024])
def test_every_size_of_an_image_is_rounded_as_the_frame_rounds_it(input_size):
    largest = 800
    pairs = set(rounded_below(input_size, largest).tolist())
    assert pairs
    for longest in range(1, largest + 1):
        for side in {1, longest // 3, longest // 2, 49, longest - 1, longest}:
            if 0 < side <= longest:
                down = side * input_size // longest - (longest * (largest + 1) + side in pairs)
                up = (2 * side * input_size + longest) // (2 * longest)
                original = (longest, side)
                assert ModelFrame.fitted(original, input_size, "floor").resized_hw[1] == max(down, 1)
                assert ModelFrame.fitted(original, input_size, "round").resized_hw[1] == max(up, 1)


def test_the_largest_images_are_known():
    pairs = rounded_below(1024)
    assert (pairs // (LARGEST_SIDE + 1)).max() > 8000
    assert 748 * (LARGEST_SIDE + 1) + 748 in pairs


def test_the_bundled_model_finds_in_onnxruntime_alone_what_it_finds_in_pytorch(tmp_path):
    model = ultrasam.load("ultrasam-tiny")
    size = model.input_size
    parts = (model.network, model.checkpoint, size)
    copy_encoder(encoder_graph(*parts), tmp_path / "encoder.onnx", {})
    copy_decoder(decoder_graph(*parts), tmp_path / "decoder.onnx", {}, finish="sam", input_size=size)
    box = (184, 104, 612, 444)
    expected = model.embed(ultrasam.read(EXAMPLES / "fetal_head.png")).segment(box_xyxy=box)

    with Image.open(EXAMPLES / "fetal_head.png") as file:
        image = file.convert("RGB")
    scale = size / max(image.size)
    resized = image.resize(tuple(int(side * scale + 0.5) for side in image.size), Image.Resampling.BILINEAR)
    pixels = (np.asarray(resized, np.float32) - [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375]
    padded = np.zeros((1, 3, size, size), np.float32)
    padded[0, :, : resized.height, : resized.width] = pixels.transpose(2, 0, 1)
    embedding = in_onnxruntime(tmp_path / "encoder.onnx", {"images": padded})["image_embeddings"]
    corners = np.array(box, np.float32).reshape(1, 2, 2) * [resized.width / image.width, resized.height / image.height]
    found = in_onnxruntime(
        tmp_path / "decoder.onnx",
        {
            "image_embeddings": embedding,
            "point_coords": corners.astype(np.float32),
            "point_labels": np.array([[2, 3]], np.float32),
            "mask_input": np.zeros((1, 1, size // 4, size // 4), np.float32),
            "has_mask_input": np.zeros(1, np.float32),
            "orig_im_size": np.array([image.height, image.width], np.float32),
        },
    )

    mask = found["masks"][0, 0].numpy() > 0
    assert mask.any()
    assert 2 * (mask & expected.mask).sum() / (mask.sum() + expected.mask.sum()) >= 0.999
    assert abs(float(found["iou_predictions"][0, 0]) - expected.score) < 1e-3
