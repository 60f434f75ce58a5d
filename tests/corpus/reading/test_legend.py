import numpy as np
import pytest

from ultrasam.corpus.reading import Legend
from ultrasam.corpus.sample import Remark, Unreadable

OUTSIDE = "value outside the legend, taken as background"
NEAR = "value near one of the legend, taken as that one"


def decoded(legend, values):
    found = legend.decode(np.asarray(values))
    return {entry.category: entry.mask.astype(int).tolist() for entry in found.objects}, list(found.remarks)


def lost(detail, pixels):
    return Remark(OUTSIDE, detail, pixels, is_loss=True)


def test_labels_become_one_object_per_class():
    objects, remarks = decoded(Legend.index({1: "a", 3: "b"}), np.uint8([[0, 1, 3], [1, 0, 1]]))
    assert objects == {"a": [[0, 1, 0], [1, 0, 1]], "b": [[0, 0, 1], [0, 0, 0]]}
    assert remarks == []


def test_two_values_of_one_class_are_one_object_or_one_each():
    classes = {2: "artery", 1: "gland", 4: "artery"}
    labels = np.uint8([[1, 2, 4, 4, 9]])
    for apart, expected in (
        (False, [("artery", 3), ("gland", 1)]),
        (True, [("artery", 1), ("gland", 1), ("artery", 2)]),
    ):
        found = Legend.index(classes, apart=apart).decode(labels)
        assert [(entry.category, entry.mask.sum()) for entry in found.objects] == expected
        assert found.remarks == (lost("value 9", 1),)


def test_zeros_are_an_object_where_the_legend_says_so():
    labels = np.zeros((2, 2), np.uint8)
    assert Legend.index({1: "a"}).decode(labels).objects == ()
    assert [entry.mask.sum() for entry in Legend(((255, None), (0, "a"))).decode(labels).objects] == [4]
    found = Legend(((255, None), (1, "a"))).decode(labels)
    assert found.remarks == (lost("value 0", 4),)


def test_a_class_that_is_not_there_makes_no_object():
    assert decoded(Legend.index({1: "a", 2: "b"}), np.uint8([[0, 2]]))[0].keys() == {"b"}


def test_an_index_outside_the_legend_is_background_and_said():
    objects, remarks = decoded(Legend.index({1: "a"}), np.int16([[1, 7, 7], [0, -1, 1]]))
    assert objects == {"a": [[1, 0, 0], [0, 0, 1]]}
    assert remarks == [lost("value 7", 2), lost("value -1", 1)]


def test_fractions_are_no_labels():
    _, remarks = decoded(Legend.index({1: "a"}), np.float32([[0, 0.5, 1]]))
    assert remarks == [lost("value 0.5", 1)]


def test_nan_is_no_label():
    _, remarks = decoded(Legend.index({1: "a"}), np.float32([[0, np.nan, 1]]))
    assert [(remark.kind, remark.pixels) for remark in remarks] == [(OUTSIDE, 1)]


def test_lossy_masks_count_as_the_nearer_value_and_it_is_said():
    objects, remarks = decoded(Legend.binary("a"), np.uint8([[0, 3, 127], [128, 250, 255]]))
    assert objects == {"a": [[0, 0, 0], [1, 1, 1]]}
    assert remarks == [Remark(NEAR, "within 128", 4)]


def test_grey_levels_far_from_all_are_background_and_said():
    legend = Legend.grey({127: "benign", 255: "malignant"}, tolerance=20)
    objects, remarks = decoded(legend, np.uint8([[127, 130, 180, 250]]))
    assert objects == {"benign": [[1, 1, 0, 0]], "malignant": [[0, 0, 0, 1]]}
    assert remarks == [lost("value 180", 1), Remark(NEAR, "within 20", 2)]


def test_colours_are_read_as_red_green_blue():
    legend = Legend.colours({(255, 255, 0): "kidney", (0, 255, 255): "adrenal_gland"}, tolerance=0)
    assert decoded(legend, np.uint8([[[255, 255, 0], [0, 255, 255], [0, 0, 0]]]))[0] == {
        "kidney": [[1, 0, 0]],
        "adrenal_gland": [[0, 1, 0]],
    }


def test_colours_near_one_of_the_legend_count_as_it():
    legend = Legend.colours({(100, 0, 100): "liver", (10, 10, 10): None}, tolerance=60)
    objects, remarks = decoded(legend, np.uint8([[[90, 0, 90], [12, 9, 10], [0, 255, 0]]]))
    assert objects == {"liver": [[1, 0, 0]]}
    assert remarks == [lost("colour (0, 255, 0)", 1), Remark(NEAR, "within 60", 2)]


def test_two_values_may_be_one_class():
    assert decoded(Legend.index({2: "carotid", 4: "carotid"}), np.uint8([[2, 0, 4]]))[0] == {"carotid": [[1, 0, 1]]}


def test_grey_masks_with_equal_colours_are_grey():
    assert decoded(Legend.binary("a"), np.uint8([[[255, 255, 255], [0, 0, 0]]]))[0] == {"a": [[1, 0]]}


def test_coloured_masks_do_not_fit_a_legend_of_numbers():
    with pytest.raises(Unreadable, match="coloured"):
        Legend.binary("a").decode(np.uint8([[[255, 0, 255]]]))


def test_many_odd_values_are_summed_up():
    _, remarks = decoded(Legend.index({255: "a"}), np.arange(100, dtype=np.uint8)[None])
    assert len(remarks) == 13
    assert remarks[-1] == lost("other values", 99 - 12)
    assert sum(remark.pixels for remark in remarks) == 99


def test_a_mask_of_0_and_1_is_no_empty_mask_of_0_and_255():
    objects, remarks = decoded(Legend.binary("a"), np.uint8([[0, 1, 1]]))
    assert objects == {}
    assert remarks == [Remark(NEAR, "within 128", 2, is_loss=True)]
