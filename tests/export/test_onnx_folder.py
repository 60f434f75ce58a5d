import json

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.backends.lending import lend
from tests.export.small_weights import BOX, METADATA, own_answer, picture, run_program, vit, vit_with_adapters, write
from tests.inference.small_model import GRAPHS_SEED, small_segmenter
from ultrasam.backends import halves
from ultrasam.errors import InputError, MissingExtraError
from ultrasam.export import export_onnx
from ultrasam.inference import load
from ultrasam.weights import read_checkpoint

#: The network of each pipeline: as SAM's, one with adapters, and with the official decoder; and what of it is as SAM's.
KINDS = {
    "sam": (lambda: vit(seed=GRAPHS_SEED), ["embedding", "decoder"]),
    "medsam": (lambda: vit_with_adapters(seed=GRAPHS_SEED), ["decoder"]),
    "ultrasam": (lambda: vit(seed=GRAPHS_SEED, token_mlp_residual="doubled"), ["embedding"]),
}
#: Not the one that the weights were trained at.
SIZE = 256


@pytest.fixture(scope="module", params=KINDS)
def exported(request, tmp_path_factory):
    """Weights of one pipeline and their folder."""
    folder = tmp_path_factory.mktemp(request.param)
    network, lent = KINDS[request.param]
    weights = write(folder / "small.safetensors", network(), pipeline=request.param, input_size=128)
    small = small_segmenter(seed=GRAPHS_SEED)
    for part in lent:
        lend(part, (small.network, small.checkpoint), weights, SIZE)
    steps = []
    written = export_onnx(weights, folder / "onnx", input_size=SIZE, progress=steps.append)
    assert steps == ["writing the image encoder", "writing the mask decoder"]
    return request.param, weights, written


def test_the_program_in_the_readme_gives_the_same_mask(exported, monkeypatch):
    _, weights, written = exported
    own = own_answer(weights, input_size=SIZE)
    assert 0.02 < own.mask.mean() < 0.98
    # OpenCV's resize is reproduced to the bit, Pillow's is the same one: what differs is the order of sums.
    assert (run_program(written.path, monkeypatch) != own.mask).mean() < 1e-4


def test_both_graphs_say_what_they_are(exported):
    pipeline, weights, written = exported
    checkpoint = read_checkpoint(weights)
    for part in ("encoder", "decoder"):
        session = onnxruntime.InferenceSession(written.path / f"{part}.onnx")
        found = session.get_modelmeta().custom_metadata_map
        assert found["licence"] == METADATA["licence"]
        assert found["weights_sha256"] == checkpoint.sha256
        assert (found["pipeline"], found["input_size"], found["precision"]) == (pipeline, str(SIZE), "fp32")
        opsets = {entry.domain: entry.version for entry in onnx.load(written.path / f"{part}.onnx").opset_import}
        assert str(opsets[""]) == found["opset"]


def test_the_description_is_true(exported):
    _, _, written = exported
    description = json.loads((written.path / "ultrasam.json").read_text())
    for part, tensors in description["graphs"].items():
        session = onnxruntime.InferenceSession(written.path / f"{part}.onnx")
        for kind, theirs in (("inputs", session.get_inputs()), ("outputs", session.get_outputs())):
            found = [(value["name"], value["shape"], value["type"]) for value in tensors[kind]]
            assert [(name, shape) for name, shape, _ in found] == [(value.name, value.shape) for value in theirs]
            assert {type_ for *_, type_ in found} == {"float32"}
    assert [value["name"] for value in description["graphs"]["decoder"]["outputs"]] == [
        "masks",
        "iou_predictions",
        "low_res_masks",
    ]


def test_nothing_says_where_it_was_made(exported):
    _, weights, written = exported
    for file in written.path.iterdir():
        if file.name != "scan.png":
            assert str(weights.parent).encode() not in file.read_bytes(), file.name


def test_the_folder_is_complete(exported):
    _, _, written = exported
    assert sorted(written.files) == ["LICENSE", "README.md", "decoder.onnx", "encoder.onnx", "ultrasam.json"]
    assert written.size_bytes == sum((written.path / name).stat().st_size for name in written.files)
    assert METADATA["licence"] in (written.path / "LICENSE").read_text()
    readme = (written.path / "README.md").read_text()
    assert METADATA["citation"] in readme
    assert "Not a medical device" in readme


def test_graphs_that_were_made_before_are_not_made_again(exported, tmp_path, monkeypatch):
    """Backends and exports share those in the cache; only what a folder adds is written anew."""
    pipeline, weights, written = exported
    for part in ("encoder", "decoder"):
        monkeypatch.setattr(halves, f"write_{part}", lambda *_, **__: pytest.fail("a graph is made again"))
    again = export_onnx(weights, tmp_path / "again", input_size=SIZE)
    for part in ("encoder.onnx", "decoder.onnx"):
        assert (again.path / part).read_bytes() == (written.path / part).read_bytes()
    if pipeline == "sam":
        other = export_onnx(weights, tmp_path / "other", input_size=SIZE, pipeline="medsam")
        assert (other.path / "decoder.onnx").read_bytes() != (written.path / "decoder.onnx").read_bytes()


@pytest.mark.parametrize("exported", ["sam"], indirect=True)
def test_ragged_prompts_a_correction_and_another_size_of_image(exported):
    """One batch of a point, of a box with points, and of a box that corrects an earlier answer."""
    _, weights, written = exported
    encoder, decoder = (onnxruntime.InferenceSession(written.path / f"{part}.onnx") for part in ("encoder", "decoder"))
    model = load(weights, input_size=SIZE)
    image = picture()[:331, :217]
    session = model.embed(image)
    frame = model.pipeline.frame(image.shape[:2], SIZE)
    (embedding,) = encoder.run(None, {"images": model.pipeline.to_input(image, frame)[None].numpy()})
    first = session.segment(box_xyxy=(20, 30, 150, 200))
    own = [
        session.segment(points_xy=[(60, 80)], labels=[1]),
        session.segment(points_xy=[(60, 80), (180, 300)], labels=[1, 0], box_xyxy=(20, 30, 150, 200)),
        session.segment(box_xyxy=(20, 30, 150, 200), mask=first),
    ]
    corners = [(20, 30), (150, 200)]
    coords = np.zeros((3, 4, 2))
    coords[0, 0] = (60, 80)
    coords[1] = [(60, 80), (180, 300), *corners]
    coords[2, :2] = corners
    masks, scores, low_res_masks = decoder.run(
        None,
        {
            "image_embeddings": embedding,
            "point_coords": (coords * frame.scale_xy).astype(np.float32),
            "point_labels": np.float32([[1, -1, -2, -2], [1, 0, 2, 3], [2, 3, -2, -2]]),
            "mask_input": np.stack([0 * first.logits, 0 * first.logits, first.logits])[:, None],
            "has_mask_input": np.float32([0, 0, 1]),
            "orig_im_size": np.float32(image.shape[:2]),
        },
    )
    assert masks.shape == (3, 4, 331, 217)
    for index, expected in enumerate(own):
        np.testing.assert_allclose(low_res_masks[index, 0], expected.logits, rtol=0, atol=1e-4)
        assert scores[index, 0] == pytest.approx(expected.score, abs=1e-4)
        assert ((masks[index, 0] > 0) != expected.mask).sum() <= 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": "fp16"}, "fp16, in which ONNX Runtime is no quicker"),
        ({"precision": "int8"}, "Expected annotated images for int8"),
        ({"data": ["corpus"]}, "Expected --data for int8 only"),
        ({"input_size": 100}, "multiple of 64"),
        ({"pipeline": "sam2"}, "one of the pipelines"),
    ],
    ids=["fp16", "no data", "data", "size", "pipeline"],
)
def test_what_makes_no_sense_is_refused(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        export_onnx("ultrasam-tiny", tmp_path / "onnx", **options)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(InputError, match="has something in it"):
        export_onnx("ultrasam-tiny", tmp_path)


def test_a_plain_install_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnxscript", None)
    with pytest.raises(MissingExtraError, match=r"ultrasam\[fast\]"):
        export_onnx("ultrasam-tiny", tmp_path / "onnx")
    assert not list(tmp_path.iterdir())


def test_the_box_of_the_program_is_inside_the_picture():
    height, width = picture().shape[:2]
    assert BOX[2] < width
    assert BOX[3] < height
