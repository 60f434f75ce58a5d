"""Right answers in the network's terms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.downstream.made_tasks import make_task_place
from tests.evaluation.made_data import ellipse
from ultrasam.downstream.batch import IGNORED
from ultrasam.downstream.targets import MAP_STRIDE, Targets, class_map, covers
from ultrasam.errors import InputError
from ultrasam.inference.coordinates import ModelFrame

FRAME = ModelFrame.fitted((96, 128), 128)


def box(x0, y0, x1, y1):
    mask = np.zeros((96, 128), bool)
    mask[y0:y1, x0:x1] = True
    return mask


def test_a_map_is_the_masks_on_its_grid():
    # Sides that the stride divides, so that every cell is of one class.
    found = class_map([box(10, 20, 50, 40), box(60, 0, 128, 96)], [1, 0], FRAME)
    assert found.shape == (64, 64)
    expected = np.zeros((96, 128), np.uint8)
    expected[20:40, 10:50], expected[:, 60:] = 2, 1
    assert torch.equal(found[:48], torch.from_numpy(expected[::MAP_STRIDE, ::MAP_STRIDE].copy()))
    assert (found[48:] == IGNORED).all()


def test_the_smaller_of_two_objects_counts():
    organ, lesion = box(10, 10, 90, 90), box(30, 30, 50, 50)
    for masks, classes in (([organ, lesion], [0, 1]), ([lesion, organ], [1, 0])):
        found = class_map(masks, classes, FRAME)
        assert (found == 2).sum() == 100
        assert (found == 1).sum() == 1600 - 100


def test_a_cell_is_of_what_covers_most_of_it():
    # A boundary in the middle of a cell of neither.
    left, right = box(0, 0, 63, 96), box(63, 0, 128, 96)
    found = class_map([left, right], [0, 1], FRAME)[:48]
    assert not (found == 0).any()
    assert (found[:, :31] == 1).all()
    assert (found[:, 32:] == 2).all()
    thin = class_map([box(20, 0, 21, 96)], [0], FRAME)[:48]
    assert (thin == 1).sum() <= 48


def test_without_objects_all_is_background():
    found = class_map([], [], FRAME)
    assert (found[:48] == 0).all()
    assert (found[48:] == IGNORED).all()
    assert covers([], FRAME).shape == (0, 32, 32)


def test_covers_are_areas():
    mask = ellipse(60, 50, 30, 20)
    (found,) = covers([mask], FRAME)
    assert float(found.float().sum() / 255 * 16) == pytest.approx(mask.sum(), rel=0.01)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    return {
        task: make_task_place(tmp_path_factory.mktemp(task), task)
        for task in ("classification", "regression", "instance")
    }


def test_a_regression_is_scaled_by_its_training_values(places):
    train = places["regression"].examples().part("train")
    targets = Targets.of("regression", ["size"], train, several=False, is_prompted=False)
    values = np.array([example.values for example in train])
    assert targets.means == pytest.approx(values.mean(0))
    assert targets.scales == pytest.approx(values.std(0))
    scaled = torch.cat([targets.answers(example, ()) for example in train])
    assert scaled.shape == (6, 1)
    assert float(scaled.mean()) == pytest.approx(0, abs=1e-6)
    assert float(scaled.std(correction=0)) == pytest.approx(1)
    alike = [replace_values(example, (3.0,)) for example in train]
    assert Targets.of("regression", ["size"], alike, several=False, is_prompted=False).scales == (1.0,)


def replace_values(example, values):
    return type(example)(example.name, example.path, None, "train", example.size_hw, values=values)


def test_classes_are_numbers_or_one_of_each(places):
    example = places["classification"].examples().examples[0]
    one = Targets("classification", ("cyst", "nodule"))
    assert torch.equal(one.answers(example, ()), torch.tensor(example.labels))
    several = replace(one, several=True).answers(example, ())
    assert several.shape == (1, 2)
    assert several.argmax().item() == example.labels[0]
    nothing = type(example)(example.name, example.path, None, "train", example.size_hw, labels=())
    assert replace(one, several=True).answers(nothing, ()).sum() == 0


def test_prompted_objects_have_their_own_class(places):
    example = places["instance"].examples().examples[0]
    asked = Targets("classification", ("nodule", "cyst"), is_prompted=True)
    shown = type(example)(
        example.name, example.path, None, "train", example.size_hw, instances=example.instances, labels=(0,)
    )
    assert asked.answers(shown, asked.objects(shown)).tolist() == [1, 0]
    # A mask of no class of its own is of the image's.
    other = replace(asked, classes=("benign", "malignant"))
    assert other.answers(shown, other.objects(shown)).tolist() == [0, 0]


def test_of_several_classes_an_object_has_its_own_alone(places):
    example = places["instance"].examples().examples[0]
    asked = Targets("classification", ("nodule", "cyst"), several=True, is_prompted=True)
    shown = type(example)(
        example.name, example.path, None, "train", example.size_hw, instances=example.instances, labels=(0, 1)
    )
    assert asked.answers(shown, asked.objects(shown)).tolist() == [[0, 1], [1, 0]]
    other = replace(asked, classes=("benign", "malignant"))
    assert other.answers(shown, other.objects(shown)).tolist() == [[1, 1], [1, 1]]


def test_a_class_map_holds_254_classes():
    assert (
        len(Targets.of("semantic", [str(i) for i in range(254)], (), several=False, is_prompted=False).classes) == 254
    )
    with pytest.raises(InputError, match="at most 254 classes of pixels, but got 255"):
        Targets.of("semantic", [str(i) for i in range(255)], (), several=False, is_prompted=False)


def test_objects_of_other_classes_are_not_there(places):
    example = places["instance"].examples().examples[0]
    chosen = Targets("instance", ("nodule",))
    (found,) = chosen.objects(example)
    assert found.category == "nodule"
    assert chosen.answers(example, [found]).tolist() == [0]
