"""Examples as training and validation see them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from tests.downstream.made_tasks import make_task_place
from tests.training.made_runs import SIZE, small_network
from ultrasam.downstream.batch import IGNORED, HeadBatch
from ultrasam.downstream.dataset import HeadPreparation, TrainExamples, ValExamples
from ultrasam.downstream.features import keep_features
from ultrasam.downstream.targets import Targets
from ultrasam.errors import InputError
from ultrasam.imaging import read
from ultrasam.inference.pipelines import SamPipeline
from ultrasam.modeling.finetuned import with_head
from ultrasam.modeling.heads.config import HeadConfig
from ultrasam.weights import read_checkpoint

TASKS = ("classification", "regression", "semantic", "instance")


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    return {task: make_task_place(tmp_path_factory.mktemp(task), task) for task in TASKS}


def prepared(place, *, is_prompted=False, features=None):
    examples = place.examples()
    train = examples.part("train")
    targets = Targets.of(place.task, examples.classes, train, several=examples.several, is_prompted=is_prompted)
    return train, HeadPreparation(SamPipeline(), SIZE, targets, features)


def training(place, seed=0, *overrides, **options):
    train, preparation = prepared(place, **options)
    recipe = place.recipe(*overrides)
    return TrainExamples(train, preparation, augmentation=recipe.augmentation, prompts=recipe.prompts, seed=seed)


def same_item(first, second):
    images = torch.equal(first.image, second.image)
    covers = first.covers is None or torch.equal(first.covers, second.covers)
    maps = first.class_map is None or torch.equal(first.class_map, second.class_map)
    prompts = all(torch.equal(a.points_xy, b.points_xy) for a, b in zip(first.prompts, second.prompts, strict=True))
    return images and covers and maps and prompts


@pytest.mark.parametrize(("task", "is_prompted"), [*((task, False) for task in TASKS), ("classification", True)])
def test_what_comes_hangs_on_seed_and_position_alone(places, task, is_prompted):
    first, again = (training(places[task], is_prompted=is_prompted) for _ in range(2))
    other = training(places[task], 1, is_prompted=is_prompted)
    first[(3, 0)]
    assert same_item(first[(7, 2)], again[(7, 2)])
    assert not same_item(first[(7, 2)], first[(8, 2)]) or not same_item(first[(9, 2)], first[(8, 2)])
    assert not same_item(first[(7, 2)], other[(7, 2)]) or not same_item(first[(8, 2)], other[(8, 2)])


def test_masks_go_with_the_pixels(places):
    """The made objects are brighter than what is around them, however they are moved."""
    items = training(places["instance"], 0, "augmentation.overlays.probability=0", "augmentation.gain.probability=0")
    for position in range(20):
        item = items[(position, position % 6)]
        height, width = item.frame.resized_hw
        grey = item.image.float().mean(0)
        for cover in item.covers:
            inside = torch.nn.functional.interpolate(cover[None, None].float(), scale_factor=4)[0, 0] > 250
            inside = inside[:height, :width]
            assert grey[inside].mean() > grey[~inside].mean()


def test_validation_sees_images_as_they_are(places):
    train, preparation = prepared(places["semantic"])
    item = ValExamples(train, preparation)[1]
    pixels = read(train[1].path).frame(0).pixels
    expected = np.array(SamPipeline().resized(pixels, item.frame)).transpose(2, 0, 1)
    assert np.array_equal(item.image.numpy(), expected)
    assert set(item.class_map.unique().tolist()) == {0, 1, 2, IGNORED}


def test_validation_asks_for_each_object_by_its_box(places):
    train, preparation = prepared(places["classification"], is_prompted=True)
    item = ValExamples(train, preparation)[0]
    (prompt,) = item.prompts
    rows, columns = np.nonzero(train[0].instances[0].mask())
    scale = SIZE / 128
    expected = np.array([[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]]) * scale
    assert prompt.points_xy.numpy() == pytest.approx(expected)
    assert item.covers.shape == (1, SIZE // 4, SIZE // 4)
    assert item.answers.tolist() == [train[0].labels[0]]


def test_an_image_that_changed_meanwhile_is_told(places, tmp_path):
    place = make_task_place(tmp_path, "classification")
    train, preparation = prepared(place)
    train[0].path.write_bytes(b"no image")
    with pytest.raises(InputError, match=r"Expected to learn from .*1\.png, but it cannot be used"):
        ValExamples(train, preparation)[0]
    train[1].path.write_bytes((place.data / "images" / "3.png").read_bytes())
    small = read(train[1].path).frame(0).pixels[:50]
    Image.fromarray(small).save(train[1].path)
    with pytest.raises(InputError, match="but it has 50 x 128"):
        ValExamples(train, preparation)[1]


def test_batches_keep_objects_and_images_apart(places):
    train, preparation = prepared(places["instance"])
    batch = HeadBatch.collate([ValExamples(train, preparation)[i] for i in range(3)])
    assert (len(batch), batch.counts, batch.answers.shape) == (3, (2, 2, 2), (6,))
    assert batch.covers.shape == (6, SIZE // 4, SIZE // 4)
    assert batch.prompts is None
    assert batch.class_maps is None
    # 96 x 128 pixels fill three quarters of the frame.
    assert batch.inside.shape == (3, 1, 4, 4)
    assert batch.inside.sum((1, 2, 3)).tolist() == [12, 12, 12]
    moved = batch.to("cpu")
    assert torch.equal(moved.covers, batch.covers)
    assert moved.names == batch.names


def test_prompts_know_their_image(places):
    train, preparation = prepared(places["classification"], is_prompted=True)
    batch = HeadBatch.collate([ValExamples(train, preparation)[i] for i in range(3)])
    assert batch.prompts.image_index.tolist() == [0, 1, 2]


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
    _, with_features = prepared(place, features=features)
    recipe = place.recipe("augmentation.horizontal_flip.probability=1")
    item = TrainExamples(train, with_features, augmentation=recipe.augmentation, prompts=recipe.prompts, seed=0)[(0, 2)]
    assert item.image is None
    assert torch.equal(item.features[0], features.of(train[2].name, is_mirrored=True)[0])
    if kind == "semantic":
        plain = ValExamples(train, preparation)[2].class_map
        # The image fills the whole width of the frame.
        assert torch.equal(item.class_map, plain.flip(1))


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
