import numpy as np
import pytest
from PIL import Image

from ultrasam.corpus.duplicates import Member, sheet
from ultrasam.corpus.duplicates.entries import Entry
from ultrasam.errors import InputError


@pytest.fixture
def member(tmp_path):
    def make(value, distance, *, content=None):
        path = tmp_path / f"{value}.png"
        Image.fromarray(np.full((100, 200), value, np.uint8)).save(path)
        if content is not None:
            path.write_bytes(content)
        return Member(Entry("X", path.name, path, None, "train", (), (), ()), "near", distance, "same")

    return make


def greys(path):
    """Grey values of the middle of each tile that is filled with one, row by row."""
    picture = np.asarray(Image.open(path).convert("RGB"))
    values = {}
    for value in (50, 100, 150, 200):
        rows, columns = np.nonzero((picture == value).all(2))
        if len(rows) > 5000:
            values[value] = int(np.median(rows)), int(np.median(columns))
    return values


def test_the_most_doubtful_clusters_are_on_top(member, tmp_path):
    clusters = [(member(50, 0), member(100, 2)), (member(150, 0), member(200, 30))]
    sheet(clusters, tmp_path / "out.png")
    places = greys(tmp_path / "out.png")
    assert places[150][0] == places[200][0] < places[50][0] == places[100][0]
    assert places[150][1] == places[50][1] < places[100][1]
    sheet(clusters, tmp_path / "one.png", count=1)
    assert set(greys(tmp_path / "one.png")) == {150, 200}


def test_the_same_bytes_each_time(member, tmp_path):
    cluster = tuple(member(value, value) for value in range(9))
    for name in ("a.png", "b.png"):
        sheet([cluster], tmp_path / "sheets" / name)
    assert (tmp_path / "sheets/a.png").read_bytes() == (tmp_path / "sheets/b.png").read_bytes()


def test_a_file_that_is_damaged_now_leaves_the_others(member, tmp_path):
    sheet([(member(50, 0, content=b"damaged"), member(100, 2))], tmp_path / "out.png")
    assert set(greys(tmp_path / "out.png")) == {100}


def test_there_must_be_something_to_show(member, tmp_path):
    with pytest.raises(InputError, match="Expected at least one cluster and one row, but got 0 and 12"):
        sheet([], tmp_path / "out.png")
    with pytest.raises(InputError, match="but got 1 and 0"):
        sheet([(member(50, 0), member(100, 2))], tmp_path / "out.png", count=0)
