"""A share of the training patients, and a few images for a quick try."""

from pathlib import Path

import numpy as np
import pytest

from ultrasam.downstream.data.example import Example
from ultrasam.downstream.data.share import limited, shared


def example(number, patient, split="train"):
    return Example(f"{number:03}.png", Path(f"{number:03}.png"), patient, split, (8, 8))


def names(examples):
    return {e.name for e in examples}


@pytest.fixture
def data():
    """40 patients with 3 images of a frequent class; 4 of them show a rare one, too; a test part."""
    train = [example(i, f"p{i // 3}") for i in range(120)]
    classes = [(0, 1) if i // 3 < 4 and i % 3 == 0 else (0,) for i in range(120)]
    return [*train, *(example(i, f"p{i}", "test") for i in range(120, 130))], [*classes, *[(0,)] * 10]


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_nested_and_of_whole_patients(data, seed):
    examples, classes = data
    before = set()
    for share in (0.001, 0.01, 0.1, 0.25, 0.5, 0.9, 1.0):
        found = shared(examples, classes, share, seed)
        here = names(e for e in found if e.split == "train")
        assert before <= here
        patients = {e.patient for e in found if e.split == "train"}
        assert here == {e.name for e in examples if e.split == "train" and e.patient in patients}
        assert sum(e.split == "test" for e in found) == 10
        before = here
    assert len(before) == 120


@pytest.mark.parametrize("seed", range(5))
def test_a_patient_counts_for_its_rarest_class(data, seed):
    examples, classes = data
    found = shared(examples, classes, 0.5, seed)
    patients = {e.patient for e in found if e.split == "train"}
    assert len(patients & {f"p{i}" for i in range(4)}) == 2
    assert len(patients) == 20


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_share_has_a_patient_of_each_class(seed):
    # Each patient of class 1 shows a rarer class besides, so that none counts for class 1.
    examples = [example(i, f"p{i}") for i in range(12)]
    classes = [(0,)] * 6 + [(1, 2)] * 3 + [(1, 3)] * 3
    found = shared(examples, classes, 0.01, seed)
    assert set().union(*(classes[int(e.name[:3])] for e in found)) == {0, 1, 2, 3}
    assert len(found) == 3


def test_a_class_that_is_nobody_s_rarest_is_there_all_the_same():
    # All patients of class 1 count for 2 or 3, for which others may be drawn.
    classes = [*[(0,)] * 6, (1, 2), (1, 2), (2,), (1, 3), (1, 3), (3,)]
    examples = [example(i, f"p{i}") for i in range(len(classes))]
    for seed in range(40):
        found = shared(examples, classes, 0.01, seed)
        assert set().union(*(classes[int(e.name[:3])] for e in found)) == {0, 1, 2, 3}


def test_images_of_nobody_known_are_each_alone():
    examples = [example(i, None) for i in range(100)]
    assert len(shared(examples, [(0,)] * 100, 0.1, 0)) == 10
    assert names(shared(examples, [(0,)] * 100, 0.1, 0)) != names(shared(examples, [(0,)] * 100, 0.1, 1))


def test_images_without_a_class_are_shared_out_as_one():
    examples = [example(i, f"p{i}") for i in range(40)]
    classes = [(0,)] * 20 + [()] * 20
    found = shared(examples, classes, 0.1, 0)
    counts = np.bincount([int(e.name[:3]) >= 20 for e in found])
    assert counts.tolist() == [2, 2]


@pytest.mark.parametrize("seed", range(5))
def test_a_limit_takes_each_class_first(seed):
    examples = [example(i, None, part) for part in ("train", "val", "test") for i in range(50)]
    classes = [(2,) if i == 7 else (1,) if i == 9 else (0,) for _ in range(3) for i in range(50)]
    found = limited(examples, classes, 4, seed)
    for part in ("train", "val", "test"):
        here = names(e for e in found if e.split == part)
        assert len(here) == 4
        assert {"007.png", "009.png"} <= here
