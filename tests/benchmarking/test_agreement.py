import numpy as np
import pytest
from sklearn.metrics import f1_score

from ultrasam.benchmarking.agreement import Answers, agreement


def answers(seed, *, images=2, boxes=3):
    rng = np.random.default_rng(seed)
    masks = tuple(rng.random((boxes, 20 + number, 30)) < 0.4 for number in range(images))
    return Answers(rng.standard_normal((images, 4, 8, 8), dtype=np.float32), masks)


def test_dice_is_that_of_scikit_learn():
    own, reference = answers(0), answers(1)
    pairs = [
        (a.ravel(), b.ravel())
        for m, n in zip(own.masks, reference.masks, strict=True)
        for a, b in zip(m, n, strict=True)
    ]
    expected = [f1_score(theirs, mine) for mine, theirs in pairs]
    found = agreement(own, reference)
    assert found.dice_mean == pytest.approx(np.mean(expected))
    assert found.dice_min == pytest.approx(min(expected))
    assert found.masks == 6


def test_the_embedding_that_differs_most_counts_as_a_share_of_its_largest_value():
    reference = answers(0)
    embeddings = reference.embeddings.copy()
    reference.embeddings[1, 0, 0, 0] = embeddings[1, 0, 0, 0] = -50
    embeddings[1, 2, 3, 4] += 5
    found = agreement(Answers(embeddings, reference.masks), reference)
    assert found.embedding_difference == pytest.approx(0.1, rel=1e-4)
    assert found.dice_min == 1


def test_a_number_that_is_none_is_not_passed_over():
    reference = answers(0)
    embeddings = reference.embeddings.copy()
    embeddings[0, 0, 0, 0] = np.nan
    assert np.isnan(agreement(Answers(embeddings, reference.masks), reference).embedding_difference)


def test_two_empty_masks_are_equal_and_one_is_not():
    empty, full = np.zeros((1, 4, 4), bool), np.ones((1, 4, 4), bool)
    embeddings = np.ones((1, 1, 2, 2), np.float32)
    nothing = Answers(embeddings, (empty,))
    assert agreement(nothing, nothing).dice_mean == 1
    assert agreement(nothing, Answers(embeddings, (full,))).dice_mean == 0


def test_answers_come_back_from_their_file(tmp_path):
    written = answers(0, images=12)
    written.write(tmp_path / "answers.npz")
    found = Answers.read(tmp_path / "answers.npz")
    np.testing.assert_array_equal(found.embeddings, written.embeddings)
    assert len(found.masks) == 12
    for own, theirs in zip(found.masks, written.masks, strict=True):
        np.testing.assert_array_equal(own, theirs)
