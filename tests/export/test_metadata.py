import json

import numpy as np
import pytest
import torch

from tests.export.small_weights import METADATA, picture, vit, write
from ultrasam import __version__
from ultrasam.export.metadata import graph_metadata
from ultrasam.export.preparation import image_preparation, mask_words, prompt_preparation
from ultrasam.inference.pipelines import pipeline_of
from ultrasam.modeling.prompts import PromptLabel
from ultrasam.weights import load_network
from ultrasam.weights.registry import PIPELINES


@pytest.fixture
def checkpoint(tmp_path):
    return load_network(write(tmp_path / "small.safetensors", vit()))[1]


def test_it_says_whose_weights_and_how_to_use_them(checkpoint):
    found = graph_metadata(checkpoint, 384)
    assert all(isinstance(value, str) for value in found.values())
    assert {name: found[name] for name in ("title", "licence", "citation")} == {
        name: METADATA[name] for name in ("title", "licence", "citation")
    }
    assert found["weights_sha256"] == checkpoint.sha256
    assert (found["pipeline"], found["input_size"], found["trained_input_size"]) == ("sam", "384", "256")
    assert (found["opset"], found["ultrasam_version"]) == ("20", __version__)
    assert json.loads(found["image"])["mean"] == [123.675, 116.28, 103.53]
    assert "ultrasam.training" not in found


def test_an_unknown_licence_is_said(tmp_path, checkpoint):
    checkpoint.metadata.clear()
    assert graph_metadata(checkpoint, 256)["licence"] == "unknown"


def test_every_label_is_explained():
    assert set(prompt_preparation()["labels"]) == {str(int(label)) for label in PromptLabel}


@pytest.mark.parametrize("name", PIPELINES)
def test_the_numbers_are_those_of_the_pipeline(checkpoint, name):
    """What the words ask for, done by hand with the numbers, is what the pipeline does after resizing."""
    object.__setattr__(checkpoint, "pipeline", name)
    pipeline, words = pipeline_of(checkpoint), image_preparation(name, 256)
    frame = pipeline.frame((540, 800), 256)
    resized = pipeline.resized(picture()[:540, :800], frame).astype(np.float64)
    if words["mean"] is None:
        expected = (resized - resized.min()) / (resized.max() - resized.min())
        assert "lowest" in words["values"]
    else:
        expected = (resized - words["mean"]) / words["std"]
    found = pipeline.to_input(picture()[:540, :800], frame)
    height, width = frame.resized_hw
    assert ("proportions stay" in words["size"]) == (height < width)
    assert ("+ 0.5" in words["size"]) == (name == "sam")
    torch.testing.assert_close(
        found[:, :height, :width].double(), torch.from_numpy(expected).permute(2, 0, 1), rtol=0, atol=1e-5
    )
    assert not found[:, height:].any()
    assert not found[:, :, width:].any()


def test_weights_without_a_second_pass_are_not_asked_for_one():
    assert mask_words("ultrasam")["choice"].startswith("two passes")
    assert mask_words("ultrasam", takes_mask_prompts=False)["choice"].startswith("one pass")
