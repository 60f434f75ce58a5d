from __future__ import annotations

from dataclasses import replace

import pytest

import ultrasam
from tests.evaluation.made_data import edit
from tests.training.made_runs import make_place
from ultrasam.inference.pipelines import OfficialUltraSamPipeline, SamPipeline
from ultrasam.training import train
from ultrasam.training.result import to_train
from ultrasam.training.training_facts import read_training_facts
from ultrasam.weights import read_checkpoint, write_checkpoint


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """One step from weights with the official UltraSam's pipeline; one of four training images has no object."""
    root = tmp_path_factory.mktemp("root")
    place = make_place(root)
    edit(place.data, lambda document: document["annotations"].__delitem__(slice(0, 2)))
    write_checkpoint(place.weights, replace(read_checkpoint(place.weights), pipeline="ultrasam"))
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OfficialUltraSamPipeline, "resized", lambda self, pixels, frame: asked.append(pixels))
        found = train(
            place.recipe("run.steps=1", "run.validate_every=1", "data.val_images=2", "data.val_objects=1"), root / "run"
        )
    assert not asked, "pixels are prepared by the pipeline that is written"
    return found


def test_weights_are_used_as_they_were_trained(result):
    assert read_checkpoint(result.weights).pipeline == "sam"
    assert type(ultrasam.load(result.weights).pipeline) is SamPipeline


def test_the_images_told_are_those_used(result):
    facts = read_training_facts(read_checkpoint(result.weights).metadata)
    assert [(entry.split, entry.images, entry.instances) for entry in facts.data] == [("train", 3, 6)]
    assert [(entry.split, entry.images) for entry in facts.validation] == [("val", 2)]
    assert facts.protocol.startswith("mean Dice over objects (at most 1 of an image)")
    card = (result.folder / "MODEL_CARD.md").read_text()
    assert "The validation images are 2 of made, none of them trained on." in card


@pytest.mark.parametrize(("before", "after"), [("sam", "sam"), ("medsam", "medsam"), ("ultrasam", "sam")])
def test_only_the_official_pipeline_is_left(tmp_path, before, after):
    initial = replace(read_checkpoint(make_place(tmp_path).weights), pipeline=before)
    assert to_train(initial).pipeline == after
