from __future__ import annotations

import pickle
import re

import numpy as np
import pytest
import torch
from PIL import Image

from tests.evaluation.made_data import SIZE_HW, edit, make_folder
from ultrasam.corpus import CocoFolder
from ultrasam.errors import InputError, TrainingError
from ultrasam.imaging.tight_box import tight_box
from ultrasam.inference.pipelines import MedSamPipeline, OfficialUltraSamPipeline, SamPipeline
from ultrasam.training.augmentation import AugmentationSettings
from ultrasam.training.cover import cover
from ultrasam.training.dataset import (
    VALIDATION_KINDS,
    AnnotatedImage,
    Preparation,
    TrainingImages,
    ValidationImages,
)
from ultrasam.training.prompts import PromptSettings

SIZE = 64
POINTS = PromptSettings(first={"random_point": 1}, rounds=3)


def read(folder):
    return [AnnotatedImage(image, "made", 4) for image in CocoFolder.read(folder).images]


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    return read(make_folder(tmp_path_factory.mktemp("made"), images=4))


def training(images, *, objects=2, augmentation=None, prompts=POINTS, seed=0, **preparation):
    return TrainingImages(
        images,
        Preparation(**{"pipeline": SamPipeline(), "input_size": SIZE, "stride": 2, **preparation}),
        objects=objects,
        augmentation=augmentation or AugmentationSettings.nothing(),
        prompts=prompts,
        seed=seed,
    )


def validation(images, objects=2):
    return ValidationImages(images, Preparation(SamPipeline(), SIZE, 2), objects=objects, seed=0)


def assert_same(a, b):
    assert (a.name, a.position, a.frame, a.group) == (b.name, b.position, b.frame, b.group)
    for name in ("image", "truths", "draws", "kinds"):
        assert torch.equal(getattr(a, name), getattr(b, name)), name
    for one, other in zip(a.prompts, b.prompts, strict=True):
        assert torch.equal(one.points_xy, other.points_xy)
        assert torch.equal(one.labels, other.labels)


def pixels_of(entry):
    return np.array(Image.open(entry.image.path))


# Training.


@pytest.mark.parametrize("pipeline", [SamPipeline(), MedSamPipeline(), OfficialUltraSamPipeline()])
def test_images_reach_the_network_as_in_use(entries, pipeline):
    item = training(entries, pipeline=pipeline)[0, 2]
    frame = pipeline.frame(SIZE_HW, SIZE)
    assert item.frame == frame
    assert item.image.dtype == torch.uint8
    assert torch.equal(pipeline.normalised(item.image, frame), pipeline.to_input(pixels_of(entries[2]), frame))


def test_truths_are_those_of_the_objects_that_are_asked_about(entries):
    item = training(entries)[7, 1]
    masks = [instance.mask() for instance in entries[1].image.instances]
    assert torch.equal(item.truths, torch.stack([cover(mask, item.frame, 2) for mask in masks]))
    assert (item.name, item.group, item.position) == ("made/2.png", 4, 7)
    assert item.draws.shape == (2, 2)
    assert item.kinds.tolist() == [0, 0]


def test_points_lie_in_their_truths_also_when_augmented(entries):
    always = {name: {"probability": 1} for name in ("horizontal_flip", "affine", "depth_crop", "fan")}
    images = training(entries, prompts=PromptSettings(first={"interior_point": 1}),
                      augmentation=AugmentationSettings.model_validate(always))  # fmt: skip
    for position in range(12):
        item = images[position, position % 4]
        for prompt, truth in zip(item.prompts, item.truths, strict=True):
            x, y = ((prompt.points_xy[0] + 0.5) / 2).long()
            assert truth[y, x] > 200


def test_the_same_key_gives_the_same_item_whatever_was_asked_before(entries):
    augmented = {"augmentation": AugmentationSettings(), "prompts": PromptSettings()}
    images = training(entries, **augmented)
    first = images[5, 3]
    for key in ((0, 0), (5, 3), (6, 3)):
        again = images[key]
        assert_same(again, training(entries, **augmented)[key])
    assert_same(images[5, 3], first)
    assert not torch.equal(images[6, 3].draws, first.draws)
    assert not torch.equal(training(entries, seed=1, **augmented)[5, 3].draws, first.draws)


def test_worker_processes_may_be_given_the_data_set(entries):
    images = training(entries, augmentation=AugmentationSettings())
    assert_same(pickle.loads(pickle.dumps(images))[3, 1], images[3, 1])  # noqa: S301  (its own)


def test_few_objects_come_again_with_other_prompts(entries):
    item = training(entries, objects=5)[0, 0]
    assert [torch.equal(item.truths[i], item.truths[i + 2]) for i in range(3)] == [True] * 3
    assert not torch.equal(item.truths[0], item.truths[1])
    points = {tuple(prompt.points_xy[0].tolist()) for prompt in item.prompts}
    assert len(points) == 5


def test_of_many_objects_some_are_chosen_anew_each_time(entries):
    both = training(entries)[0, 0].truths
    chosen = [training(entries, objects=1)[position, 0].truths for position in range(20)]
    times = [sum(torch.equal(one[0], truth) for one in chosen) for truth in both]
    assert sum(times) == 20
    assert min(times) >= 3


def test_stored_embeddings_are_those_of_the_image_as_it_is(entries):
    seen = []

    def embedding_of(pixels):
        seen.append(pixels)
        return torch.full((256, 4, 4), 2.0)

    flipped = AugmentationSettings.model_validate({"horizontal_flip": {"probability": 1}})
    item = training(entries, augmentation=flipped, embedding_of=embedding_of)[0, 0]
    assert torch.equal(item.embedding, torch.full((256, 4, 4), 2.0))
    assert np.array_equal(seen[0], pixels_of(entries[0]))
    assert torch.equal(item.truths, training(entries)[0, 0].truths)
    assert not torch.equal(item.truths, training(entries, augmentation=flipped)[0, 0].truths)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"no image", "Expected"), (None, "Expected an image of 96 x 128 .* has 50 x 60"), ("mask", "mask is empty")],
)
def test_an_image_that_cannot_be_used_is_passed_over_with_a_warning(tmp_path, caplog, content, reason):
    folder = make_folder(tmp_path, images=3)
    damage(folder, "2.png", content)
    item = training(read(folder))[9, 1]
    assert item.name == "made/3.png"
    assert item.position == 9
    (warning,) = caplog.messages
    assert warning.startswith("made/2.png is passed over: ")
    assert re.search(reason, warning)


def damage(folder, name, content):
    path = folder / "images" / name
    if content == "mask":
        height, width = SIZE_HW
        empty = {"size": [height, width], "counts": [height * width]}
        edit(folder, lambda document: [a.update(segmentation=empty) for a in document["annotations"][2:4]])
    elif content is None:
        Image.new("L", (60, 50)).save(path)
    else:
        path.write_bytes(content)


def test_nothing_but_unusable_images_is_told_after_twenty(tmp_path, caplog):
    folder = make_folder(tmp_path, images=2)
    for name in ("1.png", "2.png"):
        damage(folder, name, b"no image")
    with pytest.raises(InputError, match="Expected images to train on, but 20 in a row cannot be used"):
        training(read(folder))[0, 0]
    assert len(caplog.messages) == 20


def test_what_no_image_is_to_blame_for_stops_the_run(entries):
    def gone(_):
        raise TrainingError("Expected an embedding, but it is gone.")

    with pytest.raises(TrainingError, match="it is gone"):
        training(entries, embedding_of=gone)[0, 0]


# Validation.


def test_validation_asks_three_fixed_prompts_of_each_object(entries):
    item = validation(entries)[1]
    assert item.kinds.tolist() == [0, 1, 2, 0, 1, 2]
    assert VALIDATION_KINDS == ("box", "interior_point", "shifted_box")
    assert item.draws.shape == (6, 0)
    for row, instance in enumerate(entries[1].image.instances):
        exact, point, shifted = item.prompts[3 * row : 3 * row + 3]
        box = np.reshape(tight_box(instance.mask()), (2, 2)) / 2
        assert exact.points_xy.numpy() == pytest.approx(box)
        assert exact.labels.tolist() == shifted.labels.tolist() == [2, 3]
        assert point.labels.tolist() == [1]
        moves = np.abs(shifted.points_xy.numpy() - box) / (box[1] - box[0])
        assert moves == pytest.approx(np.full((2, 2), 0.15), abs=1e-5)
        assert all(torch.equal(item.truths[3 * row], item.truths[3 * row + i]) for i in range(3))


def test_validation_is_the_same_every_time(entries):
    images, others = validation(entries, objects=1), validation(entries, objects=1)
    items = [images[i] for i in range(4)]
    for i in (3, 0, 2, 1):
        assert_same(others[i], items[i])
        assert len(items[i].prompts) == 3


def test_an_image_that_cannot_be_used_ends_a_validation_by_name(tmp_path):
    folder = make_folder(tmp_path, images=2)
    damage(folder, "2.png", "mask")
    with pytest.raises(InputError, match=r"Expected to validate on made/2\.png, but it cannot be used: .*is empty"):
        validation(read(folder))[1]
