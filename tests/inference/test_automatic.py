from dataclasses import replace

import numpy as np
import pytest
import torch

import ultrasam
from tests.inference.small_finetuned import CLASSES, SIZE, write_finetuned, write_promptable
from ultrasam.errors import ImageError, InputError, WeightsError
from ultrasam.imaging import Frame, Region
from ultrasam.inference import AutomaticSegmenter
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.inference.loading import segmenter_of
from ultrasam.types import Prompts
from ultrasam.weights import load_network

H, W = 90, 120
PIXELS = np.random.default_rng(0).integers(0, 256, (H, W), dtype=np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="module")
def initial(folder):
    return write_promptable(folder / "initial.safetensors", seed=5)


@pytest.fixture(scope="module", params=["semantic", "instance"])
def model(request, folder, initial):
    return ultrasam.load(write_finetuned(folder / f"{request.param}.safetensors", request.param, initial=str(initial)))


def test_what_load_gives(model):
    assert isinstance(model, AutomaticSegmenter)
    assert model.input_size == SIZE
    assert model.task.classes == CLASSES


def test_masks_of_the_original_image_with_classes(model):
    frame = Frame(PIXELS, regions=(Region((0, 0, W, H), (0.5, 0.25)),))
    found = model.predict(frame, min_score=0.0)
    assert found
    for one in found:
        assert one.mask.shape == (H, W)
        assert one.mask.any()
        assert one.logits.shape == (SIZE // 4, SIZE // 4)
        assert one.category in CLASSES
        assert one.name == one.category
        assert one.prompts is None
        assert one.area_mm2 == pytest.approx(one.mask.sum() * 0.125)
        assert one.to_coco()["score"] == one.score


def test_several_images_give_what_each_gives_alone(model):
    others = [PIXELS, PIXELS[:40, :100].copy(), np.repeat(PIXELS[..., None], 3, axis=-1)]
    together = model.predict_batch(others, min_score=0.0)
    assert len(together) == 3
    for image, found in zip(others, together, strict=True):
        alone = model.predict(image, min_score=0.0)
        assert [one.category for one in found] == [one.category for one in alone]
        for one, other in zip(found, alone, strict=True):
            assert one.score == pytest.approx(other.score, abs=1e-4)
            assert (one.mask != other.mask).mean() < 2e-3
    assert model.predict_batch([]) == []


def test_the_lowest_score(model):
    everything = model.predict(PIXELS, min_score=0.0)
    scores = [one.score for one in everything]
    between = sum(scores) / len(scores)
    kept = model.predict(PIXELS, min_score=between)
    assert [one.score for one in kept] == pytest.approx([score for score in scores if score >= between])
    assert model.predict(PIXELS, min_score=1.0) == []
    with pytest.raises(InputError, match="0 to 1"):
        model.predict(PIXELS, min_score=1.5)


def test_by_default_dense_classes_are_all_given_and_unsure_instances_are_not(folder, initial):
    """Random networks are unsure of everything."""
    for kind, expected in (("semantic", True), ("instance", False)):
        model = ultrasam.load(write_finetuned(folder / "default.safetensors", kind, initial=str(initial)))
        assert all(one.score < 0.5 for one in model.predict(PIXELS, min_score=0.0))
        assert bool(model.predict(PIXELS)) is expected


def test_prompts_are_answered_by_the_weights_that_were_fine_tuned(model, initial):
    box = Prompts(box_xyxy=(10, 20, 60, 70))
    found = model.embed(PIXELS).segment_batch([box])[0]
    expected = ultrasam.load(initial).embed(PIXELS).segment_batch([box])[0]
    assert np.array_equal(found.logits, expected.logits)


def test_a_session_gives_the_automatic_result_of_its_frame(folder, initial):
    model = ultrasam.load(write_finetuned(folder / "auto.safetensors", "semantic", initial=str(initial)))
    for found, expected in zip(model.embed(PIXELS).predict(), model.predict(PIXELS), strict=True):
        assert np.array_equal(found.mask, expected.mask)


def test_own_weights_answer_where_they_are_as_they_were(folder, monkeypatch):
    model = ultrasam.load(write_finetuned(folder / "own.safetensors", "semantic", promptable=True, initial="gone"))
    monkeypatch.setattr("ultrasam.inference.fine_tuned.load_network", lambda *_, **__: pytest.fail("loaded"))
    found = model.embed(PIXELS).segment(box_xyxy=(10, 20, 60, 70))
    path = write_promptable(folder / "same.safetensors", seed=0)
    assert np.array_equal(found.logits, ultrasam.load(path).embed(PIXELS).segment(box_xyxy=(10, 20, 60, 70)).logits)


def test_weights_that_name_each_other_answer_no_prompt(folder):
    one, other = folder / "one.safetensors", folder / "other.safetensors"
    write_finetuned(other, "semantic", initial=str(one))
    model = ultrasam.load(write_finetuned(one, "semantic", initial=str(other)))
    with pytest.raises(InputError, match="cannot answer either"):
        model.embed(PIXELS)


def test_a_correction_keeps_the_class(model):
    (first, *_) = model.predict(PIXELS, min_score=0.0)
    better = model.embed(PIXELS).segment(mask=first, points_xy=[(30, 40)], labels=[0])
    assert better.category == first.category
    assert better.name == first.category
    x0, y0, x1, y1 = first.box_xyxy
    assert better.prompts.box_xyxy == (x0, y0, x1, y1)
    named = model.embed(PIXELS).segment(mask=first, points_xy=[(30, 40)], name="the left one")
    assert (named.name, named.category) == ("the left one", first.category)
    again = model.embed(PIXELS).segment(mask=better, points_xy=[(30, 40)], labels=[0])
    assert again.prompts.box_xyxy is None, "only what nobody prompted brings its box"
    boxed = model.embed(PIXELS).segment(mask=first, box_xyxy=(5, 6, 70, 80))
    assert boxed.prompts.box_xyxy == (5, 6, 70, 80)


def test_a_box_grows_around_clicks_inside(model):
    (first, *_) = model.predict(PIXELS, min_score=0.0)
    mask = np.zeros((H, W), bool)
    mask[20:40, 30:50] = True
    small = replace(first, mask=mask)
    better = model.embed(PIXELS).segment(mask=small, points_xy=[(35, 25), (W - 0.5, 10.2)], labels=[0, 1])
    assert better.prompts.box_xyxy == (30, 10, W, 40)


def test_weights_that_were_made_from_fine_tuned_weights(folder, initial):
    between = write_finetuned(folder / "between.safetensors", "pooled", seed=3, initial=str(initial))
    model = ultrasam.load(write_finetuned(folder / "last.safetensors", "semantic", initial=str(between)))
    expected = ultrasam.load(initial).embed(PIXELS).segment(points_xy=[(50, 50)])
    assert np.array_equal(model.embed(PIXELS).segment(points_xy=[(50, 50)]).logits, expected.logits)


@pytest.mark.parametrize("start", ["gone.safetensors", "", "random"])
def test_where_nothing_answers_prompts_that_is_said(folder, start):
    model = ultrasam.load(write_finetuned(folder / "alone.safetensors", "semantic", initial=start))
    assert model.predict(PIXELS)
    with pytest.raises(InputError, match="Load a promptable model"):
        model.embed(PIXELS)


def test_embeddings_of_two_networks_are_never_mixed(folder, initial, tmp_path):
    cache = EmbeddingCache(tmp_path)
    path = write_finetuned(folder / "cached.safetensors", "pooled", seed=7, initial=str(initial))
    model = ultrasam.load(path, cache=cache)
    model.predict(PIXELS)
    model.embed(PIXELS)
    assert len(list(tmp_path.glob("*.safetensors"))) == 2
    fresh = ultrasam.load(path)
    assert np.allclose(model.predict(PIXELS).probabilities, fresh.predict(PIXELS).probabilities)
    found, expected = (m.embed(PIXELS).segment(points_xy=[(50, 50)]) for m in (model, fresh))
    assert np.array_equal(found.logits, expected.logits)


def test_numbers_that_are_not_finite(folder):
    network, checkpoint = load_network(write_finetuned(folder / "nan.safetensors", "semantic"))
    with torch.no_grad():
        for parameter in network.head.parameters():
            parameter.fill_(float("nan"))
    with pytest.raises(WeightsError, match="finite"):
        segmenter_of(network, checkpoint).predict(PIXELS)


def test_weights_without_a_head_need_a_prompt(initial):
    model = ultrasam.load(initial)
    assert model.task is None
    with pytest.raises(InputError, match="need one"):
        model.predict(PIXELS)
    with pytest.raises(InputError, match="need one"):
        model.embed(PIXELS).predict()
    network, checkpoint = load_network(initial)
    with pytest.raises(InputError, match="have no head"):
        AutomaticSegmenter(network, checkpoint)


def test_images_are_checked_as_by_embed(model):
    with pytest.raises(ImageError, match="uint8"):
        model.predict(PIXELS.astype(float))
