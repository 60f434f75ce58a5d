import json

import numpy as np
import pytest
import torch

import ultrasam
from tests.inference.small_finetuned import CLASSES, SIZE, write_finetuned, write_promptable
from ultrasam.errors import InputError, PromptError
from ultrasam.inference import Classification, Classifier
from ultrasam.inference.pipelines import SamPipeline, to_object_prompt
from ultrasam.modeling.prompts import PromptTokens
from ultrasam.types import Prompts
from ultrasam.weights import load_network

H, W = 90, 120
PIXELS = np.random.default_rng(0).integers(0, 256, (H, W), dtype=np.uint8)
BOX = (10, 20, 60, 70)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    initial = write_promptable(folder / "initial.safetensors", seed=5)
    for kind in ("pooled", "several", "prompted", "regression"):
        write_finetuned(folder / f"{kind}.safetensors", kind, initial=str(initial))
    return folder


def load(folder, kind):
    model = ultrasam.load(folder / f"{kind}.safetensors")
    assert isinstance(model, Classifier)
    return model


def own_logits(folder, kind, prompt=None):
    """The head's logits without a :class:`Classifier`."""
    network, _ = load_network(folder / f"{kind}.safetensors")
    pipeline = SamPipeline()
    frame = pipeline.frame((H, W), SIZE)
    inside = torch.zeros(1, 1, SIZE // 16, SIZE // 16, dtype=torch.bool)
    inside[..., : -(-96 // 16), :] = True
    prompts = None if prompt is None else PromptTokens.pad([to_object_prompt(prompt, frame)])
    with torch.no_grad():
        features = network.encode_for_head(pipeline.to_input(PIXELS, frame)[None])
        return network.apply_head(features, inside=inside, prompts=prompts).class_logits[0].double().numpy()


def test_one_class(folder):
    found = load(folder, "pooled").predict(PIXELS)
    expected = np.exp(own_logits(folder, "pooled"))
    assert found.probabilities == pytest.approx(expected / expected.sum(), abs=1e-6)
    assert found.label == CLASSES[expected.argmax()]
    assert found.labels == (found.label,)
    assert found.segmentation is None


def test_several_classes_at_once(folder):
    found = load(folder, "several").predict(PIXELS)
    expected = 1 / (1 + np.exp(-own_logits(folder, "several")))
    assert found.probabilities == pytest.approx(expected, abs=1e-6)
    assert found.labels == tuple(name for name, share in zip(CLASSES, expected, strict=True) if share > 0.5)


def test_values_come_back_in_their_units(folder):
    found = load(folder, "regression").predict(PIXELS)
    assert found.values == pytest.approx(own_logits(folder, "regression") * [10, 7] + [50, 40], abs=1e-4)
    assert found.is_regression
    assert found.probabilities.shape == (0,)
    with pytest.raises(InputError, match="regression of ef, age"):
        _ = found.label


def test_the_class_of_a_marked_object(folder):
    model = load(folder, "prompted")
    found = model.predict(PIXELS, box_xyxy=BOX, name="left")
    expected = np.exp(own_logits(folder, "prompted", Prompts(box_xyxy=BOX)))
    assert found.probabilities == pytest.approx(expected / expected.sum(), abs=1e-5)
    assert found.segmentation.mask.shape == (H, W)
    assert found.segmentation.name == "left"
    network, _ = load_network(folder / "prompted.safetensors")
    frame = SamPipeline().frame((H, W), SIZE)
    with torch.no_grad():
        embedding = network.encode_image(SamPipeline().to_input(PIXELS, frame)[None])
        (choices,) = SamPipeline().decode(network, embedding, [Prompts(box_xyxy=BOX)], frame)
    assert found.segmentation.logits == pytest.approx(choices.logits[0].numpy(), abs=1e-4)


def test_all_kinds_of_prompts_together_give_what_each_gives_alone(folder):
    model = load(folder, "prompted")
    mask = np.zeros((H, W), bool)
    mask[20:50, 30:80] = True
    prompts = [
        Prompts(box_xyxy=BOX),
        Prompts(points_xy=[(30, 40), (70, 60)], labels=[1, 0]),
        Prompts(mask=mask),
        Prompts(mask=mask, points_xy=[(50, 30)]),
    ]
    alone = [model.predict_batch([PIXELS], [prompt])[0] for prompt in prompts]
    for together in (model.predict_objects(PIXELS, prompts), model.predict_batch([PIXELS] * 4, prompts)):
        for found, expected in zip(together, alone, strict=True):
            assert found.probabilities == pytest.approx(expected.probabilities, abs=1e-4)
    assert model.predict(PIXELS, mask=mask).probabilities == pytest.approx(alone[2].probabilities, abs=1e-6)
    again = model.predict(PIXELS, mask=alone[0].segmentation)
    assert again.segmentation.prompts.mask is not None


def test_objects_of_one_image_are_encoded_once(folder, monkeypatch):
    model = load(folder, "prompted")
    encode, seen = model.network.encode_image, []
    monkeypatch.setattr(model.network, "encode_image", lambda images: seen.append(len(images)) or encode(images))
    assert len(model.predict_objects(PIXELS, [Prompts(box_xyxy=BOX)] * 3)) == 3
    assert seen == [1]
    assert model.predict_objects(PIXELS, []) == []


def test_images_of_several_sizes(folder):
    model = load(folder, "pooled")
    others = [PIXELS, PIXELS[:30].copy(), PIXELS[:, :20].copy()]
    for found, image in zip(model.predict_batch(others), others, strict=True):
        assert found.probabilities == pytest.approx(model.predict(image).probabilities, abs=1e-5)
    assert model.predict_batch([]) == []


def test_a_classifier_takes_prompts_by_the_weights_that_were_fine_tuned(folder):
    found = load(folder, "pooled").embed(PIXELS).segment(box_xyxy=BOX)
    expected = ultrasam.load(folder / "initial.safetensors").embed(PIXELS).segment(box_xyxy=BOX)
    assert np.array_equal(found.logits, expected.logits)


def test_a_session_of_a_classifier_knows_the_class(folder):
    model = load(folder, "pooled")
    assert model.embed(PIXELS).predict().probabilities == pytest.approx(model.predict(PIXELS).probabilities)


@pytest.mark.parametrize(
    ("kind", "options", "error", "message"),
    [
        ("prompted", {}, PromptError, "the object that a prompt marks"),
        ("prompted", {"box_xyxy": (0, 0, W + 1, H)}, PromptError, "inside the image"),
        ("pooled", {"box_xyxy": BOX}, InputError, "whole images"),
        ("pooled", {"points_xy": [(1, 1)]}, InputError, "whole images"),
    ],
)
def test_prompts_that_do_not_fit_the_weights(folder, kind, options, error, message):
    with pytest.raises(error, match=message):
        load(folder, kind).predict(PIXELS, **options)


def test_as_many_prompts_as_images(folder):
    with pytest.raises(InputError, match="each of the 2 images, but got 1"):
        load(folder, "prompted").predict_batch([PIXELS] * 2, [Prompts(box_xyxy=BOX)])


def test_results_as_json():
    one = Classification(("a", "b"), probabilities=np.array([0.25, 0.75]))
    assert one.to_dict() == {"label": "b", "probabilities": {"a": 0.25, "b": 0.75}}
    several = Classification(("a", "b", "c"), probabilities=np.array([0.6, 0.5, 0.7]), several=True)
    assert several.to_dict()["labels"] == ["a", "c"]
    values = Classification(("ef",), values=np.array([55.5]))
    assert json.loads(json.dumps(values.to_dict())) == {"values": {"ef": 55.5}}
    assert [repr(found) for found in (one, several, values)] == [
        "Classification(b, probability=0.75)",
        "Classification(a, c)",
        "Classification(ef=55.5)",
    ]


@pytest.mark.parametrize(
    "numbers",
    [
        {},
        {"probabilities": np.array([1.0])},
        {"values": np.zeros(3)},
        {"probabilities": np.zeros(2), "values": np.zeros(2)},
    ],
)
def test_a_number_for_each_class(numbers):
    with pytest.raises(InputError, match="2 classes a, b"):
        Classification(("a", "b"), **numbers)
