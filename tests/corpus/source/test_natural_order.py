import pytest

from ultrasam.corpus.source.natural_order import natural_key


@pytest.mark.parametrize(
    "ordered",
    [
        ["a2", "a10"],
        ["benign (2).png", "benign (2)_mask.png", "benign (10).png"],
        ["a/10", "b/2"],
        ["A2", "a3", "B1"],
        ["01", "1", "2", "a"],
        ["a", "a/b", "a/c", "a b/c"],
        ["x" + "1" * 5000, "x" + "2" * 5000, "x1" + "0" * 5000],
        ["²", "٣"],
    ],
)
def test_order(ordered):
    assert sorted(set(ordered), key=natural_key) == ordered
