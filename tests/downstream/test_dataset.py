"""Examples as training and validation see them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from tests.downstream.made_tasks import make_task_place
from tests.training.made_runs import SIZE
from ultrasam.downstream.batch import IGNORED, HeadBatch
from ultrasam.downstream.dataset import HeadPreparation, TrainExamples, ValExamples
from ultrasam.downstream.targets import Targets
from ultrasam.errors import InputError
from ultrasam.imaging import read
from ultrasam.inference.pipelines import MedSamPipeline, OfficialUltraSamPipeline, SamPipeline

TASKS = ("classification", "regression", "semantic", "instance")


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    return {task: make_task_place(tmp_path_factory.mktemp(task), task) for task in TASKS}


def prepared(place, *, is_prompted=False, is_frozen=False, features=None):
    examples = place.examples()
    train = examples.part("train")
    targets = Targets.of(place.task, examples.classes, train, several=examples.several, is_prompted=is_prompted)
    return train, HeadPreparation(SamPipeline(), SIZE, targets, is_frozen, features)


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


def test_training_asks_about_any_object_of_an_image(places):
    """Of two objects that lie apart, each is shown now and then."""
    train, preparation = prepared(places["instance"])
    both = [replace(example, labels=(0,)) for example in train]
    targets = Targets("classification", preparation.targets.classes, is_prompted=True)
    recipe = places["classification"].recipe("prompts.first={box: 1}")
    seen = TrainExamples(
        both,
        replace(preparation, targets=targets, is_frozen=True),
        augmentation=recipe.augmentation,
        prompts=recipe.prompts,
        seed=0,
    )
    answers = [seen[(position, 0)].answers.tolist() for position in range(12)]
    assert {tuple(answer) for answer in answers} == {(0,), (1,)}


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


def test_images_of_a_frozen_encoder_are_mirrored_at_most(places):
    place = places["semantic"]
    seen = training(place, is_frozen=True)
    train, preparation = prepared(place)
    plain = ValExamples(train, preparation)[2]
    # The image fills the whole width of the frame.
    shown = [(seen[(position, 2)].image, seen[(position, 2)].class_map) for position in range(12)]
    mirrored = [torch.equal(class_map, plain.class_map.flip(1)) for _, class_map in shown]
    assert 0 < sum(mirrored) < 12
    for (image, class_map), is_mirrored in zip(shown, mirrored, strict=True):
        assert torch.equal(class_map, plain.class_map.flip(1) if is_mirrored else plain.class_map)
        assert torch.equal(image, plain.image.flip(2) if is_mirrored else plain.image)


@pytest.mark.parametrize(
    "pipeline", [SamPipeline(), MedSamPipeline(), OfficialUltraSamPipeline()], ids=["sam", "medsam", "official"]
)
def test_training_prepares_pixels_as_the_finished_model_does(places, pipeline):
    train, preparation = prepared(places["classification"])
    preparation = replace(preparation, pipeline=pipeline)
    batch = HeadBatch.collate([ValExamples(train, preparation)[0]])
    frame, pixels = batch.frames[0], read(train[0].path).frame(0).pixels
    assert frame == pipeline.frame(pixels.shape[:2], SIZE)
    expected = pipeline.to_input(pixels, frame)
    assert torch.equal(pipeline.normalised(batch.images[0], frame), expected)
    rows, columns = frame.cells_hw(16)
    assert batch.inside[0, 0, :rows, :columns].all()
    assert batch.inside.sum() == rows * columns
