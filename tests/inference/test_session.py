from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

import ultrasam
from tests.inference.small_model import small_segmenter
from tests.references import EXAMPLES
from ultrasam.errors import ImageError, InputError, PromptError, WeightsError
from ultrasam.imaging import Frame, Region
from ultrasam.imaging.image import ArrayFrames, Source, UltrasoundImage
from ultrasam.inference import Segmenter
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.inference.segmenter import to_frame
from ultrasam.types import Prompts
from ultrasam.weights import DEFAULT, get_entry, read_checkpoint, resolve, write_checkpoint

H, W = 120, 170
PIXELS = np.random.default_rng(2).integers(0, 256, (H, W), dtype=np.uint8)
MASK = np.zeros((H, W), bool)
MASK[30:80, 40:100] = True
RAGGED = [
    Prompts(points_xy=[(30, 40)]),
    Prompts(points_xy=[(30, 40), (100, 70), (150, 20)], labels=[1, 0, 1]),
    Prompts(box_xyxy=(20, 30, 150, 110)),
    Prompts(box_xyxy=(0, 0, W, H), points_xy=[(90, 60)], labels=[0]),
    Prompts(mask=MASK),
    Prompts(mask=MASK, points_xy=[(60, 50)]),
]


@pytest.fixture(scope="module")
def model():
    return small_segmenter()


@pytest.fixture(scope="module")
def session(model):
    return model.embed(PIXELS)


@pytest.mark.parametrize("multimask", [None, True, False])
def test_many_ragged_prompts_give_what_each_gives_alone(session, multimask):
    together = session.segment_batch(RAGGED, multimask=multimask)
    assert len(together) == len(RAGGED)
    for prompt, found in zip(RAGGED, together, strict=True):
        alone = session.segment_batch([prompt], multimask=multimask)[0]
        assert np.abs(found.logits - alone.logits).max() < 1e-4
        assert found.score == pytest.approx(alone.score, abs=1e-4)
        assert (found.mask != alone.mask).mean() < 1e-3
        assert found.mask.shape == (H, W)
        assert found.mask.dtype == bool
        assert found.prompts is prompt


def test_more_objects_than_are_decoded_at_once(session, monkeypatch):
    monkeypatch.setattr("ultrasam.inference.pipelines.OBJECTS_AT_ONCE_ON_CPU", 3)
    chunked = session.segment_batch(RAGGED)
    monkeypatch.undo()
    for found, expected in zip(chunked, session.segment_batch(RAGGED), strict=True):
        assert np.abs(found.logits - expected.logits).max() < 1e-4


def test_several_images_at_once_give_what_each_gives_alone(model):
    images = [PIXELS, np.flipud(PIXELS[:77]).copy(), np.repeat(PIXELS[..., None], 3, 2)]
    for image, session in zip(images, model.embed_batch(images), strict=True):
        assert (session.embedding - model.embed(image).embedding).abs().max() < 1e-4
        assert session.segment(box_xyxy=(10, 10, 50, 60)).mask.shape == image.shape[:2]


def test_no_images_and_no_prompts_give_nothing(model, session):
    assert session.segment_batch([]) == []
    assert model.embed_batch([]) == []


def test_a_former_result_can_be_refined(session):
    first = session.segment(box_xyxy=(20, 30, 150, 110))
    second = session.segment(points_xy=[(60, 60)], labels=[0], mask=first)
    by_logits = session.segment(points_xy=[(60, 60)], labels=[0], mask=first.logits)
    assert np.array_equal(second.logits, by_logits.logits)
    assert not np.array_equal(second.logits, session.segment(points_xy=[(60, 60)], labels=[0]).logits)


def test_a_mask_alone_brings_its_own_box(session):
    with_box = session.segment(mask=MASK, box_xyxy=(40, 30, 100, 80))
    assert np.array_equal(session.segment(mask=MASK).logits, with_box.logits)


@pytest.mark.parametrize("multimask", [None, True, False])
def test_proposals_come_with_the_answer(session, multimask):
    answers = session.segment_batch(RAGGED, multimask=multimask)
    for (answer, proposals), expected, prompts in zip(
        session.propose_batch(RAGGED, multimask=multimask), answers, RAGGED, strict=True
    ):
        assert np.array_equal(answer.mask, expected.mask)
        assert answer.score == expected.score
        alone = session.candidates(prompts)
        proposals = list(proposals)
        assert [proposal.score for proposal in proposals] == pytest.approx([c.score for c in alone], abs=1e-5)
        assert all((p.mask != c.mask).mean() < 1e-3 for p, c in zip(proposals, alone, strict=True))


def test_a_second_pass_is_the_first_ones_mask_given_back(session):
    box = (20, 30, 150, 110)
    first = session.segment(box_xyxy=box)
    again = session.segment(box_xyxy=box, mask=first)
    assert np.array_equal(session.segment(box_xyxy=box, refine=True).logits, again.logits)
    assert np.array_equal(session.segment(box_xyxy=box, refine=False).logits, first.logits)
    # A prompt that brings a mask is refined by that already.
    assert np.array_equal(session.segment(box_xyxy=box, mask=first, refine=True).logits, again.logits)


def test_candidates_come_best_first(session):
    candidates = session.candidates(RAGGED[0])
    assert len(candidates) == 3
    scores = [candidate.score for candidate in candidates]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == session.segment(points_xy=[(30, 40)], multimask=True).score


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ({"points_xy": [(W + 1, 5)]}, "inside the image of 170 x 120 pixels"),
        ({"points_xy": [(5, -1)]}, "inside the image"),
        ({"box_xyxy": (10, 10, W + 1, 50)}, "inside the image"),
        ({"box_xyxy": (50, 10, 20, 50)}, "x0 < x1"),
        ({"labels": [1]}, "0 points"),
        ({"points_xy": [(5, 5)], "labels": [1, 0]}, "one label"),
        ({"points_xy": [(5, 5)], "labels": [2]}, "1 .inside. or 0"),
        ({"mask": np.ones((H, W + 1), bool)}, "image's size"),
        ({"mask": np.zeros((H, W), bool)}, "empty mask"),
        ({"mask": np.zeros((7, 7), np.float32)}, "64 x 64"),
        ({"points_xy": [(float("nan"), 5)]}, "finite"),
        ({"box_xyxy": ("a", 1, 2, 3)}, "numbers"),
        ({}, "at least one point"),
    ],
)
def test_bad_prompts_are_told(session, prompt, message):
    with pytest.raises(PromptError, match=message):
        session.segment(**prompt)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (PIXELS.astype(float), "uint8"),
        (np.zeros((4, 4, 4), np.uint8), "H, W, 3"),
        (np.zeros((0, 4), np.uint8), "at least one pixel"),
        (Image.fromarray(np.full((4, 4), 4000, np.uint16)), "8 bits"),
        (UltrasoundImage(ArrayFrames(np.zeros((2, 4, 4), np.uint8)), Source("cine.dcm", "DICOM", {})), "has 2"),
    ],
)
def test_bad_images_are_told(model, image, message):
    with pytest.raises(ImageError, match=message):
        model.embed(image)


def test_every_kind_of_image_is_the_same_frame():
    image = UltrasoundImage(ArrayFrames(PIXELS[None]), Source("a.png", "PNG", {}))
    for kind in (PIXELS, image, image.frame(0)):
        assert np.array_equal(to_frame(kind).pixels, PIXELS)
    rgb = to_frame(Image.fromarray(PIXELS)).pixels
    assert np.array_equal(rgb, np.repeat(PIXELS[..., None], 3, 2))


def test_a_result_keeps_only_its_own_logits(session, model):
    found = session.segment_batch(RAGGED)[0]
    assert found.logits.base is None
    first, _ = model.embed_batch([PIXELS, PIXELS[:50]])
    assert first.embedding.untyped_storage().nbytes() == first.embedding.nbytes


def test_a_network_without_finite_numbers_is_told():
    broken = small_segmenter(seed=3)
    with torch.no_grad():
        broken.network.mask_decoder.iou_token.weight.fill_(float("nan"))
    with pytest.raises(WeightsError, match="fp32"):
        broken.embed(PIXELS).segment(box_xyxy=(2, 2, 50, 50))


def test_embeddings_can_be_trained_on(session):
    head = torch.nn.Conv2d(256, 1, 1)
    head(session.embedding).sum().backward()
    assert head.weight.grad is not None


@pytest.mark.parametrize("size", [0, 100, -64, 32, 6400])
def test_input_size_must_be_a_multiple_of_64(size):
    with pytest.raises(InputError, match="multiple of 64"):
        small_segmenter(input_size=size)


def test_the_input_size_is_what_the_weights_were_trained_at():
    model = small_segmenter()
    trained_at_128 = replace(model.checkpoint, input_size=128)
    assert Segmenter(model.network, trained_at_128).input_size == 128
    assert Segmenter(model.network, trained_at_128).embed(PIXELS).embedding.shape[-1] == 128 // 16
    assert Segmenter(model.network, trained_at_128, input_size=64).input_size == 64


@pytest.mark.parametrize("pipeline", ["sam", "medsam", "ultrasam"])
@pytest.mark.parametrize("size_hw", [(1, 1), (1, 300), (33, 17), (640, 480)])
def test_tiny_elongated_and_odd_images(pipeline, size_hw):
    session = small_segmenter(pipeline=pipeline).embed(np.full(size_hw, 9, np.uint8))
    for found in (
        session.segment(points_xy=[(0, 0)]),
        session.segment(box_xyxy=(0, 0, size_hw[1], size_hw[0])),
        session.segment(mask=np.ones(size_hw, bool)),
    ):
        assert found.mask.shape == size_hw


def test_the_cache_spares_the_encoder(tmp_path, monkeypatch):
    model = small_segmenter(cache=EmbeddingCache(tmp_path))
    first = model.embed(PIXELS)
    calls = []
    monkeypatch.setattr(model.network, "encode_image", lambda images: calls.append(len(images)))
    again = model.embed(PIXELS)
    assert not calls
    assert torch.equal(first.embedding, again.embedding)
    monkeypatch.undo()
    for damage in (torch.zeros(1, 256, 3, 3), torch.full_like(first.embedding, float("nan"))):
        (file,) = tmp_path.iterdir()
        EmbeddingCache(tmp_path).put(file.stem, damage)
        assert torch.equal(model.embed(PIXELS).embedding, first.embedding), "what cannot be right is encoded anew"
    other = small_segmenter(seed=1, cache=EmbeddingCache(tmp_path)).embed(PIXELS)
    assert not torch.equal(first.embedding, other.embedding), "other weights are encoded anew"
    assert len(list(tmp_path.iterdir())) == 2


class TestSegmentation:
    REGIONS = (Region((0, 0, 85, H), (0.5, 0.25)), Region((85, 0, W, H), None))

    @pytest.fixture
    def found(self, model):
        return model.embed(Frame(PIXELS, self.REGIONS)).segment(box_xyxy=(20, 30, 150, 110))

    def test_measures_with_the_spacing_of_its_region(self, found):
        from dataclasses import replace

        left, right = np.zeros((H, W), bool), np.zeros((H, W), bool)
        left[10:20, 10:30], right[10:20, 100:130] = True, True
        assert replace(found, mask=left).area_mm2 == pytest.approx(200 * 0.5 * 0.25)
        assert replace(found, mask=left).area_px == 200
        assert replace(found, mask=right).area_mm2 is None
        assert replace(found, mask=left).box_xyxy == (10, 10, 30, 20)
        assert replace(found, mask=np.zeros((H, W), bool)).box_xyxy is None
        assert "mm²" in repr(replace(found, mask=left))

    def test_saves(self, found, tmp_path):
        found.save(tmp_path / "new" / "mask.png")
        assert np.array_equal(np.asarray(Image.open(tmp_path / "new" / "mask.png")) > 0, found.mask)
        found.save(tmp_path / "mask.nii.gz")
        assert np.array_equal(ultrasam.read(tmp_path / "mask.nii.gz").frame(0).pixels > 0, found.mask)
        found.save_overlay(tmp_path / "overlay.png")
        assert Image.open(tmp_path / "overlay.png").size[0] >= W
        with pytest.raises(InputError, match=r"\.png, \.nii"):
            found.save(tmp_path / "mask.bmp")
        assert not (tmp_path / "mask.bmp").exists()

    def test_to_coco_is_what_pycocotools_reads(self, found):
        from pycocotools import mask as coco

        annotation = found.to_coco(annotation_id=7, image_id=3, category_id=2)
        assert np.array_equal(coco.decode(annotation["segmentation"]).astype(bool), found.mask)
        assert annotation["bbox"] == coco.toBbox(annotation["segmentation"]).tolist()
        assert annotation["area"] == found.area_px
        assert (annotation["id"], annotation["image_id"], annotation["category_id"]) == (7, 3, 2)
        assert annotation["score"] == found.score


class TestLoad:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"device": "abacus"}, "device"),
            ({"device": "meta"}, "device"),
            ({"device": "cuda:99"}, "device"),
            ({"backend": "abacus"}, "backends"),
            ({"precision": "int3"}, "precisions"),
            ({"precision": "fp16", "device": "cpu"}, "fp16"),
            ({"input_size": 1000}, "multiple of 64"),
            ({"pipeline": "sum"}, "pipelines"),
        ],
    )
    def test_bad_options_are_told(self, options, message):
        with pytest.raises(InputError, match=message):
            ultrasam.load(**options)

    def test_the_bundled_model_outlines_a_fetal_head(self):
        """Real weights, a real image: the whole way."""
        image = ultrasam.read(EXAMPLES / "fetal_head.png", spacing_mm=(0.23585714045, 0.23585714045))
        model = ultrasam.load()
        assert model.checkpoint.metadata["licence"].startswith(get_entry(DEFAULT).licence)
        found = model.embed(image).segment(box_xyxy=(184, 104, 612, 444))
        assert found.score > 0.85
        circumference = found.measurements.to_dict()["ellipse_circumference_mm"]
        # The box is drawn by eye, and the network may cross it: the skull fades out at the right.
        assert circumference == pytest.approx(286, rel=0.07), "of the ellipse in that box: 286 mm"
        y, x = np.mgrid[: found.mask.shape[0], : found.mask.shape[1]] + 0.5
        ellipse = ((x - 398) / 214) ** 2 + ((y - 274) / 170) ** 2 < 1
        assert 2 * (found.mask & ellipse).sum() / (found.mask.sum() + ellipse.sum()) > 0.93

    def test_the_input_size_comes_from_the_file(self, tmp_path):
        write_checkpoint(tmp_path / "x.safetensors", replace(read_checkpoint(resolve(DEFAULT)), input_size=320))
        assert ultrasam.load(tmp_path / "x.safetensors").input_size == 320
        assert ultrasam.load(tmp_path / "x.safetensors", input_size=256).input_size == 256
        assert ultrasam.load().input_size == get_entry(DEFAULT).input_size

    def test_half_precision_gives_nearly_the_same_mask(self):
        image = ultrasam.read(EXAMPLES / "nerve.png")
        masks = [
            ultrasam.load(precision=precision).embed(image).segment(box_xyxy=(148, 168, 252, 234)).mask
            for precision in ("fp32", "bf16")
        ]
        dice = 2 * (masks[0] & masks[1]).sum() / (masks[0].sum() + masks[1].sum())
        assert dice > 0.97


def test_proposals_come_in_the_networks_order_where_that_is_asked_for(session):
    ((_, ordered),) = session.propose_batch(RAGGED[:1])
    ((_, three),) = session.propose_batch(RAGGED[:1], by_score=False)
    choices = session._decode(RAGGED[:1], None, None)[0]
    three, ordered = list(three), list(ordered)
    assert [found.score for found in three] == choices.all_scores[1:].tolist()
    assert [found.score for found in ordered] == sorted((found.score for found in three), reverse=True)
