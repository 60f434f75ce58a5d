"""UBPD: images with LabelMe files, and folders that are not as they should be."""

import json

import pytest

from tests.corpus.converters.made import Converted, picture, texture
from ultrasam.corpus.sample import Unreadable

PINYIN = ("dongmai", "jingmai", "jirouzuzhi", "shenjing", "zhifang", "jizhu")


def outline(label, x0, x1=None):
    """A rectangle of 10 rows."""
    x1 = x0 + 4 if x1 is None else x1
    return {"label": label, "points": [[x0, 5], [x1, 5], [x1, 15], [x0, 15]], "shape_type": "polygon"}


def write(path, *shapes, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"shapes": shapes, "imagePath": "臂丛.jpg", "imageHeight": 24, "imageWidth": 32}
    path.write_bytes(json.dumps(document, ensure_ascii=False).encode(encoding))


@pytest.fixture
def made(tmp_path):
    """Two images of one patient in folders of their own, and one whose name has no number of a patient."""
    for name in ("3_1", "3_2", "alone"):
        picture(tmp_path / f"UBPD/images/{name}.jpg", texture())
    write(tmp_path / "UBPD/json/3_1.json", *(outline(label, 5 * place) for place, label in enumerate(PINYIN)))
    write(tmp_path / "UBPD/json/3_2.json", outline("shenjing", 2, 10), outline("shenjing", 6, 12), encoding="gbk")
    write(tmp_path / "UBPD/json/alone.json")
    return tmp_path / "UBPD"


def test_labels_in_pinyin_are_classes(made):
    with Converted("UBPD", made) as ubpd:
        assert ubpd.areas("3_1") == [(name, 40) for name in ("artery", "vein", "muscle", "nerve", "fat", "spine")]
        assert {entry.name: entry.label for entry in ubpd.card.classes} == {
            name: label for (name, _), label in zip(ubpd.areas("3_1"), PINYIN, strict=True)
        }


def test_each_polygon_is_an_object_though_they_overlap_and_files_may_be_gbk(made):
    with Converted("UBPD", made) as ubpd:
        assert ubpd.areas("3_2") == [("nerve", 80), ("nerve", 60)]


def test_the_first_part_of_a_name_is_the_patient(made):
    with Converted("UBPD", made) as ubpd:
        assert {name: sample.patient for name, sample in ubpd.samples.items()} == {
            "3_1": "3",
            "3_2": "3",
            "alone": None,
        }


def test_an_image_without_outlines_is_no_negative(made):
    with Converted("UBPD", made) as ubpd:
        assert ubpd.areas("alone") == []
        assert not ubpd.samples["alone"].is_negative_if_empty


def test_an_unknown_label_stops_nothing_and_is_reported(made):
    write(made / "json/3_1.json", outline("shenjing", 0), outline("gu", 10))
    with Converted("UBPD", made) as ubpd:
        assert ubpd.areas("3_1") == [("nerve", 40)]
        assert [remark.detail for remark in ubpd.annotations("3_1")[1]] == ["gu"]


def test_a_missing_json_file_stops_nothing_and_is_reported(made):
    (made / "json/3_1.json").rename(made / "json/3_9.json")
    with Converted("UBPD", made) as ubpd:
        assert list(ubpd.samples) == ["3_2", "alone"]
        assert {entry.path for entry in ubpd.notes.skipped} == {"images/3_1.jpg", "json/3_9.json"}


def test_a_corrupt_file_is_found_when_it_is_read(made):
    (made / "json/3_1.json").write_bytes((made / "json/3_1.json").read_bytes()[:99])
    with Converted("UBPD", made) as ubpd, pytest.raises(Unreadable, match=r"3_1\.json"):
        ubpd.annotations("3_1")


def test_names_that_are_there_twice_are_not_guessed(made):
    picture(made / "more/3_1.JPG", texture(seed=1))
    with Converted("UBPD", made) as ubpd:
        assert list(ubpd.samples) == ["3_2", "alone"]
        assert len(ubpd.notes.skipped) == 3


def test_another_layout_gives_nothing(tmp_path):
    picture(tmp_path / "images/1.png", texture())
    with Converted("UBPD", tmp_path) as ubpd:
        assert not ubpd.samples
