"""Files as LabelMe writes them, and broken ones."""

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import LabelMeMask
from ultrasam.corpus.sample import Remark, Unreadable

CLASSES = (("dongmai", "artery"), ("shenjing", "nerve"))
SIZE_HW = (24, 32)
SQUARE = [[2, 3], [12, 3], [12, 9], [2, 9]]
OTHER = [[20, 10.5], [26, 10.5], [26, 20.5], [20, 20.5]]


def shape(label, points=SQUARE, **changes):
    return {"label": label, "points": points, "group_id": None, "shape_type": "polygon", "flags": {}, **changes}


def document(*shapes, **changes):
    return {"version": "4.5.6", "flags": {}, "shapes": shapes, "imageHeight": 24, "imageWidth": 32, **changes}


@pytest.fixture
def read(tmp_path):
    def read(content, size_hw=SIZE_HW):
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        (tmp_path / "a.json").write_bytes(content)
        found = LabelMeMask(source_file(tmp_path / "a.json"), CLASSES).read(size_hw)
        return [(entry.category, int(entry.mask.sum())) for entry in found.objects], list(found.remarks), found.objects

    return read


def test_each_polygon_is_an_object_and_they_may_overlap(read):
    areas, remarks, objects = read(document(shape("dongmai"), shape("shenjing"), shape("dongmai", OTHER)))
    assert areas == [("artery", 60), ("nerve", 60), ("artery", 60)]
    assert not remarks
    assert np.argwhere(objects[0].mask)[[0, -1]].tolist() == [[3, 2], [8, 11]]


def test_polygons_of_a_group_are_one_object(read):
    grouped = [shape("dongmai", group_id=0), shape("dongmai", OTHER, group_id=0), shape("shenjing", OTHER, group_id=0)]
    assert read(document(*grouped))[0] == [("artery", 120), ("nerve", 60)]


def test_coordinates_keep_their_fractions(read):
    corners = np.array([[3.4, 2.3], [27.8, 5.6], [15.2, 21.7]])
    area = read(document(shape("dongmai", corners.tolist())))[0][0][1]
    fine = Image.new("1", (320, 240))
    ImageDraw.Draw(fine).polygon([tuple(corner) for corner in corners * 10], fill=1)
    assert area == pytest.approx(np.asarray(fine).sum() / 100, rel=0.03)


def test_unknown_labels_and_other_shapes_are_reported(read):
    others = [shape("Dongmai "), shape("gutou"), shape("shenjing", SQUARE[:2], shape_type="line"), shape("gutou")]
    areas, remarks, _ = read(document(*others))
    assert areas == [("artery", 60)]
    assert remarks == [
        *[Remark("label that is not on the card, left out", "gutou", is_loss=True)] * 2,
        Remark("shape that is no polygon, left out", "shenjing: line", is_loss=True),
    ]


def test_an_outline_of_two_points_is_reported(read):
    areas, remarks, _ = read(document(shape("dongmai", SQUARE[:2])))
    assert not areas
    assert [remark.detail for remark in remarks] == ["artery"]


def test_files_of_early_versions_say_less(read):
    assert read({"shapes": [{"label": "dongmai", "points": SQUARE}]})[0] == [("artery", 60)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_chinese_names_are_decoded(read, encoding):
    r"""In GBK, 乗 ends with the byte of a backslash, which would break the JSON text if it were taken for one."""
    assert "乗".encode("gbk")[1:] == b"\\"
    text = json.dumps(document(shape("dongmai"), imagePath="臂丛乗.jpg"), ensure_ascii=False)
    assert read(text.encode(encoding))[0] == [("artery", 60)]


def test_what_cannot_be_decoded_in_a_name_does_no_harm(read):
    content = json.dumps(document(shape("dongmai"), imagePath="NAME")).encode().replace(b"NAME", b"\xff\xff \x80\xc4")
    assert read(content)[0] == [("artery", 60)]


def test_an_image_of_another_size_is_refused(read):
    with pytest.raises(Unreadable, match=r"24 x 32 .* a\.json"):
        read(document(shape("dongmai")), size_hw=(48, 64))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        json.dumps(document(shape("dongmai"))).encode()[:-40],
        [],
        {},
        {"shapes": None},
        document({"points": SQUARE}),
        document(shape("dongmai", None)),
        document(shape("dongmai", [[1, 2, 3]])),
        document(shape("dongmai", [["x", 2]])),
        document(shape("dongmai", [[1, float("nan")]])),
        document(shape("dongmai", group_id=[1])),
        document(shape("dongmai"), imageHeight="tall"),
    ],
)
def test_another_file_is_unreadable(read, content):
    with pytest.raises(Unreadable, match=r"Expected a LabelMe file in a\.json"):
        read(content)


def test_its_repr_tells_all_that_it_is_made_of(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    mask = LabelMeMask(source_file(tmp_path / "a.json"), CLASSES)
    assert repr(mask) == f"LabelMeMask(file={mask.file!r}, classes={CLASSES!r})"
    assert mask.files == (mask.file,)
    assert hash(mask) == hash(LabelMeMask(mask.file, CLASSES))
