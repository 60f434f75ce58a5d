"""Sessions and heads answer alike, whatever runs the network."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

import ultrasam
from tests.backends.lending import lend
from tests.inference.small_finetuned import SIZE, promptable, write_finetuned
from tests.inference.small_model import GRAPHS_SEED, small_segmenter
from tests.references import EXAMPLES
from ultrasam.backends import Engine
from ultrasam.backends.open_vino_core import has_bf16
from ultrasam.errors import InputError
from ultrasam.inference import AutomaticSegmenter, Classifier, Segmenter
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.inference.output_records import describe_model
from ultrasam.inference.sam_predictor import SamPredictor
from ultrasam.types import Prompts

BY_GRAPHS = [("onnxruntime", "fp32"), ("openvino", "fp32"), ("openvino", "bf16")]
#: Share of pixels that may differ, and what scores may differ by. The networks are random: their logits are near 0.
CLOSE = {"fp32": (1e-3, 1e-4), "bf16": (0.08, 0.05)}
H, W = 200, 300
PIXELS = np.random.default_rng(3).integers(0, 256, (H, W), dtype=np.uint8)
MASK = np.zeros((H, W), bool)
MASK[60:130, 80:200] = True
PROMPTS = [
    Prompts(points_xy=[(120, 90)]),
    Prompts(points_xy=[(120, 90), (20, 20), (220, 150)], labels=[1, 0, 1]),
    Prompts(box_xyxy=(60, 40, 220, 150)),
    Prompts(points_xy=[(100, 100)], box_xyxy=(60, 40, 220, 150)),
    Prompts(mask=MASK),
]


@pytest.fixture(scope="module", params=BY_GRAPHS, ids="-".join)
def words(request):
    if request.param[1] == "bf16" and not has_bf16():
        pytest.skip("needs a processor that computes in bf16")
    return request.param


@pytest.fixture(scope="module")
def engine(words):
    return Engine(*words, torch.device("cpu"))


@cache
def pair(engine, pipeline="sam", **options):
    """A model that PyTorch runs, and the same of another engine."""
    plain = small_segmenter(seed=GRAPHS_SEED, pipeline=pipeline)
    network = small_segmenter(seed=GRAPHS_SEED, pipeline=pipeline).network
    # Of the weights it is told whether they were trained with mask prompts.
    checkpoint = replace(plain.checkpoint, state_dict=dict(network.state_dict()))
    return plain, Segmenter(network, checkpoint, input_size=plain.input_size, engine=engine, **options)


#: Models by their file; opening a graph takes a moment.
loaded = cache(ultrasam.load)


def assert_alike(found, expected, precision):
    pixels, score = CLOSE[precision]
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.mask.shape == other.mask.shape
        assert (one.mask != other.mask).mean() <= pixels
        assert one.score == pytest.approx(other.score, abs=score)


@pytest.mark.parametrize("options", [{}, {"multimask": True}, {"refine": True}], ids=str)
@pytest.mark.parametrize("pipeline", ["sam", "medsam", "ultrasam"])
def test_sessions_of_every_pipeline(pipeline, options, engine):
    plain, other = pair(engine, pipeline)
    expected = plain.embed(PIXELS).segment_batch(PROMPTS, **options)
    assert_alike(other.embed(PIXELS).segment_batch(PROMPTS, **options), expected, engine.precision)


def test_several_images_at_once(engine):
    plain, other = pair(engine)
    images = [PIXELS, PIXELS[:100, :120].copy(), np.repeat(PIXELS[..., None], 3, axis=-1)]
    for found, expected in zip(other.embed_batch(images), plain.embed_batch(images), strict=True):
        prompts = [Prompts(box_xyxy=(20, 30, 90, 80))]
        assert_alike(found.segment_batch(prompts), expected.segment_batch(prompts), engine.precision)
    assert other.embed_batch([]) == []


def test_a_result_is_corrected(engine):
    plain, other = pair(engine)
    first = plain.embed(PIXELS).segment(box_xyxy=(60, 40, 220, 150))
    clicks = {"points_xy": [(100, 100), (30, 40)], "labels": [1, 0], "mask": first}
    expected = plain.embed(PIXELS).segment(**clicks)
    assert_alike([other.embed(PIXELS).segment(**clicks)], [expected], engine.precision)


def test_the_predictor_of_segment_anything(engine):
    answers = []
    for model in pair(engine):
        predictor = SamPredictor(model)
        predictor.set_image(np.repeat(PIXELS[..., None], 3, axis=-1))
        answers.append(predictor.predict(point_coords=np.array([[120, 90]]), point_labels=np.array([1])))
    (masks, scores, logits), (expected_masks, expected_scores, expected_logits) = answers[1], answers[0]
    pixels, score = CLOSE[engine.precision]
    assert (masks != expected_masks).mean() <= pixels
    assert scores == pytest.approx(expected_scores, abs=score)
    assert np.linalg.norm(logits - expected_logits) <= pixels * np.linalg.norm(expected_logits)


def test_what_ran_it_is_told(engine):
    _, other = pair(engine)
    assert other.engine == engine
    facts = describe_model(other)
    assert (facts["backend"], facts["precision"]) == (engine.backend, engine.precision)
    assert (other.device, other.dtype) == (torch.device("cpu"), torch.float32)


def test_embeddings_are_shared_where_they_are_the_same(engine, tmp_path):
    plain, other = pair(engine, cache=EmbeddingCache(tmp_path))
    of_torch = Segmenter(plain.network, plain.checkpoint, input_size=plain.input_size, cache=EmbeddingCache(tmp_path))
    first = of_torch.embed(PIXELS).embedding
    again = other.embed(PIXELS).embedding
    assert torch.equal(first, again) == (engine.precision == "fp32")
    assert len(list(tmp_path.iterdir())) == (1 if engine.precision == "fp32" else 2)


def with_known_halves(weights):
    for part in ("embedding", "decoder"):
        lend(part, promptable(GRAPHS_SEED), weights, SIZE)
    return weights


class TestFineTuned:
    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory):
        return tmp_path_factory.mktemp("weights")

    @pytest.fixture(scope="class")
    def classifier(self, folder):
        return with_known_halves(
            write_finetuned(folder / "classifier.safetensors", "prompted", seed=GRAPHS_SEED, promptable=True)
        )

    @pytest.fixture(scope="class")
    def outliner(self, folder, classifier):
        """Changed for its task, so that other weights answer prompts; these take any that do."""
        return write_finetuned(folder / "outliner.safetensors", "semantic", initial=str(classifier), promptable=False)

    @pytest.fixture(scope="class")
    def both(self, folder):
        """The classifier's encoder and decoder, as they were, with another head."""
        return with_known_halves(
            write_finetuned(folder / "both.safetensors", "semantic", seed=GRAPHS_SEED, promptable=True)
        )

    def test_outlines_without_a_prompt(self, outliner, words, engine):
        backend, precision = words
        plain, other = loaded(outliner), loaded(outliner, backend=backend, precision=precision)
        assert isinstance(other, AutomaticSegmenter)
        found, expected = (model.predict(PIXELS, min_score=0.0) for model in (other, plain))
        assert [one.category for one in found] == [one.category for one in expected]
        assert_alike(found, expected, precision)

    def test_prompts_go_to_the_weights_that_they_came_from_by_the_same_engine(self, outliner, words):
        backend, precision = words
        plain, other = loaded(outliner), loaded(outliner, backend=backend, precision=precision)
        assert_alike(other.embed(PIXELS).segment_batch(PROMPTS), plain.embed(PIXELS).segment_batch(PROMPTS), precision)
        assert other._prompted.engine == other.engine
        with pytest.raises(InputError, match="no prompts themselves"):
            SamPredictor(other).set_image(np.zeros((60, 80, 3), np.uint8))

    def test_one_that_left_its_encoder_as_it_was_answers_prompts_itself(self, both, words):
        backend, precision = words
        plain, other = loaded(both), loaded(both, backend=backend, precision=precision)
        assert other._prompted is other
        assert_alike(other.embed(PIXELS).segment_batch(PROMPTS), plain.embed(PIXELS).segment_batch(PROMPTS), precision)
        assert_alike(*(model.predict(PIXELS, min_score=0.0) for model in (other, plain)), precision)

    def test_classes_of_prompted_objects(self, classifier, words):
        backend, precision = words
        plain, other = loaded(classifier), loaded(classifier, backend=backend, precision=precision)
        assert isinstance(other, Classifier)
        for found, expected in zip(
            other.predict_objects(PIXELS, PROMPTS), plain.predict_objects(PIXELS, PROMPTS), strict=True
        ):
            assert found.probabilities == pytest.approx(expected.probabilities, abs=CLOSE[precision][1])
            assert_alike([found.segmentation], [expected.segmentation], precision)

    def test_int8_is_not_for_heads_that_read_levels(self, outliner):
        with pytest.raises(InputError, match="fp32 or bf16 for weights that outline"):
            ultrasam.load(outliner, backend="openvino", precision="int8")


@pytest.mark.parametrize(
    ("file", "box"),
    [
        ("fetal_head.png", (184, 104, 612, 444)),
        ("nerve.png", (148, 168, 252, 234)),
    ],
)
def test_the_bundled_model_on_real_images(file, box, words):
    backend, precision = words
    image = ultrasam.read(EXAMPLES / file)
    x0, y0, x1, y1 = box
    prompts = [Prompts(box_xyxy=box), Prompts(points_xy=[((x0 + x1) / 2, (y0 + y1) / 2)])]
    expected = loaded().embed(image).segment_batch(prompts)
    found = loaded(backend=backend, precision=precision).embed(image).segment_batch(prompts)
    for one, other in zip(found, expected, strict=True):
        dice = 2 * (one.mask & other.mask).sum() / (one.mask.sum() + other.mask.sum())
        assert dice >= {"fp32": 0.999, "bf16": 0.98}[precision]
        assert one.score == pytest.approx(other.score, abs={"fp32": 1e-3, "bf16": 0.02}[precision])


def test_a_network_that_was_brought_to_another_precision_has_other_embeddings(tmp_path):
    model = small_segmenter(cache=EmbeddingCache(tmp_path))
    first = model.embed(PIXELS).embedding
    model.network.bfloat16()
    assert model.embed(PIXELS).embedding.dtype == torch.bfloat16
    assert len(list(tmp_path.iterdir())) == 2
    model.network.float()
    assert torch.equal(model.embed(PIXELS).embedding, first)
