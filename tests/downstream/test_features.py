"""What a frozen encoder finds, kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.downstream.made_tasks import make_task_place
from tests.downstream.test_dataset import prepared
from tests.training.made_runs import SIZE, small_network
from ultrasam.downstream.dataset import TrainExamples, ValExamples
from ultrasam.downstream.features import keep_features
from ultrasam.errors import InputError
from ultrasam.imaging import read
from ultrasam.inference.pipelines import SamPipeline
from ultrasam.modeling.finetuned import with_head
from ultrasam.modeling.heads.config import HeadConfig
from ultrasam.weights import read_checkpoint


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    return {task: make_task_place(tmp_path_factory.mktemp(task), task) for task in ("classification", "semantic")}


@pytest.mark.parametrize("kind", ["pooled", "semantic"])
def test_kept_features_are_those_of_the_image_mirrored_or_not(places, tmp_path, kind):
    place = places["semantic" if kind == "semantic" else "classification"]
    network = with_head(small_network(), HeadConfig(kind, 2, width=32)).eval()
    train, preparation = prepared(place)
    features = keep_features(
        network,
        read_checkpoint(place.weights),
        SamPipeline(),
        SIZE,
        folder=tmp_path,
        gigabytes=0.1,
        examples=train,
        mirrored=train,
    )
    pixels = read(train[2].path).frame(0).pixels
    frame = SamPipeline().frame(pixels.shape[:2], SIZE)
    for is_mirrored, shown in ((False, pixels), (True, pixels[:, ::-1])):
        with torch.no_grad():
            expected = network.encode_for_head(SamPipeline().to_input(np.ascontiguousarray(shown), frame)[None])
        found = features.of(train[2].name, is_mirrored=is_mirrored)
        assert [tuple(part.shape) for part in found] == [tuple(part.shape[1:]) for part in expected]
        for part, wanted in zip(found, expected, strict=True):
            assert torch.equal(part, wanted[0].half().float())
    _, with_features = prepared(place, is_frozen=True, features=features)
    recipe = place.recipe("augmentation.horizontal_flip.probability=1")
    item = TrainExamples(train, with_features, augmentation=recipe.augmentation, prompts=recipe.prompts, seed=0)[(0, 2)]
    assert item.image is None
    assert torch.equal(item.features[0], features.of(train[2].name, is_mirrored=True)[0])
    if kind == "semantic":
        plain = ValExamples(train, preparation)[2].class_map
        # The image fills the whole width of the frame.
        assert torch.equal(item.class_map, plain.flip(1))


def test_what_heads_of_two_kinds_read_lies_side_by_side(places, tmp_path):
    place = places["classification"]
    train = place.examples().part("train")[:1]
    counts = []
    for kind in ("pooled", "semantic", "pooled"):
        kept = keep_features(
            with_head(small_network(), HeadConfig(kind, 2, width=32)).eval(),
            read_checkpoint(place.weights),
            SamPipeline(),
            SIZE,
            folder=tmp_path,
            gigabytes=0.1,
            examples=train,
            mirrored=(),
        )
        counts.append(len(kept.of(train[0].name)))
    assert counts == [1, 4, 1]


def test_an_image_that_is_gone_is_told_by_name(places, tmp_path):
    place = make_task_place(tmp_path / "place", "classification")
    train = place.examples().part("train")
    train[1].path.write_bytes(b"no image")
    with pytest.raises(InputError, match=r"Expected to learn from .*2\.png"):
        keep_features(
            with_head(small_network(), HeadConfig("pooled", 2)).eval(),
            read_checkpoint(place.weights),
            SamPipeline(),
            SIZE,
            folder=tmp_path / "cache",
            gigabytes=0.1,
            examples=train,
            mirrored=train,
        )


def test_without_room_nothing_is_kept(places, tmp_path, caplog):
    place = places["classification"]
    network = with_head(small_network(), HeadConfig("pooled", 2)).eval()
    found = keep_features(
        network,
        read_checkpoint(place.weights),
        SamPipeline(),
        SIZE,
        folder=tmp_path,
        gigabytes=1e-6,
        examples=place.examples().examples,
        mirrored=(),
    )
    assert found is None
    assert "no room" in caplog.text
    assert not list(tmp_path.iterdir())
