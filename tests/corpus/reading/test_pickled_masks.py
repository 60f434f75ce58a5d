import numpy as np
import pytest

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import PickledMasks
from ultrasam.corpus.sample import Unreadable


def read(path, content, size_hw=(4, 6)):
    np.save(path / "a.npy", content, allow_pickle=True)
    return PickledMasks(source_file(path / "a.npy"), "parts", ("left", "right")).read(size_hw)


def half(value, size_hw=(4, 6), dtype=np.uint8):
    mask = np.zeros(size_hw, dtype)
    mask[:, : size_hw[1] // 2] = value
    return mask


def test_each_array_is_an_object_and_they_may_overlap(tmp_path):
    found = read(tmp_path, {"parts": {"right": half(255), "left": half(True, dtype=bool)}, "image": half(9)})
    assert [(entry.category, entry.mask.sum()) for entry in found.objects] == [("right", 12), ("left", 12)]
    assert found.remarks == ()


def test_other_names_and_values_are_said(tmp_path):
    found = read(tmp_path, {"parts": {"left": half(128), "middle": half(1)}})
    assert found.objects == ()
    assert [(remark.detail, remark.pixels) for remark in found.remarks] == [("value 128", 12), ("middle", 0)]
    assert all(remark.is_loss for remark in found.remarks)


def test_arrays_of_another_size_are_brought_to_the_image(tmp_path):
    [entry] = read(tmp_path, {"parts": {"left": half(1, (8, 12))}}).objects
    assert (entry.mask == (half(1) > 0)).all()


@pytest.mark.parametrize("content", [{"other": {}}, {"parts": 3}, {"parts": {"left": np.zeros(3)}}, np.zeros(3)])
def test_other_contents_are_unreadable(tmp_path, content):
    with pytest.raises(Unreadable, match=r"a\.npy"):
        read(tmp_path, content)
