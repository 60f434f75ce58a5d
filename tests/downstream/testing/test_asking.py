"""What is written is what the public predictor says, and what the data say."""

import dataclasses

import numpy as np
import pytest

import ultrasam
from tests.downstream.testing.made import SIZE_HW, made_examples
from tests.inference.small_finetuned import CLASSES, write_finetuned
from ultrasam.downstream.testing.asking import Asking
from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.overlap import dice
from ultrasam.imaging import read, rle_to_mask


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    return made_examples(tmp_path_factory.mktemp("images"))


@pytest.fixture
def asked(request, examples, tmp_path):
    """Model, frames and answers."""
    model = ultrasam.load(write_finetuned(tmp_path / "model.safetensors", request.param))
    frames = [read(example.path).frame(0) for example in examples]
    classes = model.task.classes if model.task.kind == "regression" else CLASSES
    return model, frames, Asking(model, classes).answers(examples, frames)


def mask_of(entry):
    return rle_to_mask({"size": SIZE_HW, "counts": entry["mask"]})


@pytest.mark.parametrize("asked", ["pooled"], indirect=True)
def test_a_classifier_is_asked_about_each_image(asked, examples):
    model, frames, answers = asked
    for number, (frame, answer) in enumerate(zip(frames, answers, strict=True)):
        (case,) = answer["cases"]
        assert case["answer"] == pytest.approx(model.predict(frame).probabilities.tolist(), abs=1e-5)
        assert case["truth"] == [number % 2]


@pytest.mark.parametrize("asked", ["regression"], indirect=True)
def test_a_regression_is_in_the_units_of_the_data(asked, examples):
    model, frames, answers = asked
    for number, (frame, answer) in enumerate(zip(frames, answers, strict=True)):
        assert answer["cases"][0]["answer"] == pytest.approx(model.predict(frame).values.tolist(), abs=1e-3)
        assert answer["cases"][0]["truth"] == [number, 2.5 * number]


def test_several_classes_are_lists_of_those_that_are_there(examples, tmp_path):
    model = ultrasam.load(write_finetuned(tmp_path / "model.safetensors", "several"))
    labelled = [
        dataclasses.replace(e, labels=labels) for e, labels in zip(examples, [(), (0,), (1,), (0, 1)], strict=False)
    ]
    answers = Asking(model, CLASSES).answers(labelled, [read(e.path).frame(0) for e in labelled])
    assert [answer["cases"][0]["truth"] for answer in answers] == [[], [0], [1], [0, 1]]


@pytest.mark.parametrize("asked", ["prompted"], indirect=True)
def test_a_prompted_classifier_is_shown_each_object_by_its_box(asked, examples):
    model, frames, answers = asked
    for example, frame, answer in zip(examples, frames, answers, strict=True):
        assert len(answer["cases"]) == len(example.instances)
        for instance, case in zip(example.instances, answer["cases"], strict=True):
            rows, columns = np.nonzero(instance.mask())
            box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert case["box_xyxy"] == box
            said = model.predict(frame, box_xyxy=box).probabilities.tolist()
            assert case["answer"] == pytest.approx(said, abs=1e-5)
            assert case["truth"] == [CLASSES.index(instance.category)]


@pytest.mark.parametrize("asked", ["semantic"], indirect=True)
def test_dense_classes_are_counted_at_the_images_own_size_and_the_smaller_object_counts(asked, examples):
    model, frames, answers = asked
    for example, frame, answer in zip(examples, frames, answers, strict=True):
        found = {segmentation.category: segmentation.mask for segmentation in model.predict(frame)}
        small = np.any([i.mask() for i in example.instances if i.category == "vessel"] or [np.zeros(SIZE_HW, bool)], 0)
        truths = {"lesion": example.instances[0].mask() & ~small, "vessel": small}
        for name, (common, predicted, true) in zip(CLASSES, answer["counts"], strict=True):
            mask = found.get(name, np.zeros(SIZE_HW, bool))
            assert (common, predicted, true) == ((mask & truths[name]).sum(), mask.sum(), truths[name].sum())
        assert {CLASSES[entry["class"]] for entry in answer["answers"]} == set(found)
        for entry in answer["truths"]:
            assert np.array_equal(mask_of(entry), truths[CLASSES[entry["class"]]])


@pytest.mark.parametrize("asked", ["instance"], indirect=True)
def test_all_instances_are_kept_for_the_ranking_and_marked_where_a_user_would_see_them(asked, examples):
    model, frames, answers = asked
    for example, frame, answer in zip(examples, frames, answers, strict=True):
        everything = model.predict(frame, min_score=0.0)
        assert [entry["score"] for entry in answer["answers"]] == pytest.approx([s.score for s in everything], abs=1e-5)
        assert len(answer["truths"]) == len(example.instances)
        shown = model.predict(frame)
        for name, found in zip(CLASSES, answer["found"], strict=True):
            assert sum(found["kept"]) == sum(s.category == name for s in shown)
            own = [s.mask for s in shown if s.category == name]
            for instance, value in zip(
                [i for i in example.instances if i.category == name], found["dice"], strict=True
            ):
                best = max((dice(mask, instance.mask()) for mask in own), default=0)
                assert value == pytest.approx(best, abs=1e-6) or value < best


def test_the_order_of_classes_is_the_models(examples, tmp_path):
    model = ultrasam.load(write_finetuned(tmp_path / "model.safetensors", "pooled"))
    frames = [read(example.path).frame(0) for example in examples]
    answers = Asking(model, CLASSES[::-1]).answers(examples, frames)
    assert [answer["cases"][0]["truth"] for answer in answers] == [[1 - number % 2] for number in range(6)]


def test_other_classes_are_told(tmp_path):
    model = ultrasam.load(write_finetuned(tmp_path / "model.safetensors", "pooled"))
    with pytest.raises(InputError, match=r"\(lesion, vessel\), but got lesion, bone"):
        Asking(model, ("lesion", "bone"))
