import matplotlib
import numpy as np
import pytest
from PIL import Image

from tests.corpus.coco.coco_files import annotation, document, image, write
from ultrasam.corpus.statistics import count, plots, style, write_comparison, write_plots
from ultrasam.corpus.statistics.style import figure


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Small pictures, without the search for a layout that takes most of the time."""
    for key, value in (("savefig.dpi", 20), ("figure.constrained_layout.use", False)):
        assert key in style._STYLE
        monkeypatch.setitem(style._STYLE, key, value)


def counted(folder, images, annotations, categories=None):
    return count(write(folder, document(images, annotations, categories), files=()))


def many(folder, classes=30):
    categories = [{"id": i, "name": f"class {i} $x_$"} for i in range(classes)]
    images = [image(i, split=("train", "val", "test")[i % 3]) | {"width": 8 + i} for i in range(30)]
    annotations = [
        annotation(i, i % 29, category_id=i % classes, area=1 + i % 40, bbox=[0, 0, 3, 2]) for i in range(200)
    ]
    return counted(folder, images, annotations, categories)


def test_the_same_numbers_give_the_same_picture_whatever_the_user_s_own_style(tmp_path):
    statistics = many(tmp_path / "SET", classes=3)
    write_plots(statistics, tmp_path / "a.png")
    with matplotlib.rc_context({"font.size": 31}):
        write_plots(statistics, tmp_path / "b.png")
        assert matplotlib.rcParams["font.size"] == 31
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.format == "PNG"


@pytest.mark.parametrize("images", [[], [image(1)], [image(1, split="test")]])
def test_a_set_with_little_in_it_is_drawn(tmp_path, images):
    statistics = counted(tmp_path / "SET", images, [], [])
    write_plots(statistics, tmp_path / "a.png")
    write_comparison([statistics], tmp_path / "b.png")
    for name in ("a.png", "b.png"):
        with Image.open(tmp_path / name) as picture:
            assert len(np.unique(picture)) > 20


def test_bars_are_as_long_as_the_numbers(tmp_path):
    statistics = many(tmp_path / "SET")
    with figure(4, 3) as drawn:
        axes = drawn.add_subplot()
        plots._classes(axes, statistics)
        ends = np.array([bar.get_x() + bar.get_width() for bar in axes.patches]).reshape(3, -1)
    wanted = sorted((entry.instances for entry in statistics.classes), reverse=True)[:24]
    assert ends[-1].tolist() == wanted
    assert "6 more classes" in axes.get_title("left")


def test_several_sets_are_compared(tmp_path):
    several = [many(tmp_path / name, classes=3) for name in "AB"]
    write_comparison(several, tmp_path / "few.png")
    write_comparison(several * 2, tmp_path / "more.png")
    with Image.open(tmp_path / "few.png") as few, Image.open(tmp_path / "more.png") as more:
        assert few.width == more.width
        assert few.height < more.height
