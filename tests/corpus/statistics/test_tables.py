from tests.corpus.coco.coco_files import annotation, document, image, write
from ultrasam.corpus.statistics import Table, comparison_table, count, markdown, tables


def counted(folder, **content):
    return count(write(folder, document(**content), files=()))


def by_title(statistics):
    return {table.title: table for table in tables(statistics)}


TWO = {
    "images": [
        image(1, split="val", patient="A", labels={"side": "left"}),
        image(2, split="train", patient="B", spacing_mm=0.25),
    ],
    "annotations": [annotation(1, 1, area=12, bbox=[0, 0, 1, 1]), annotation(2, 1, area=24, bbox=[0, 0, 1, 1])],
}


def test_each_number_stands_in_its_column(tmp_path):
    found = by_title(counted(tmp_path / "SET", **TWO))
    splits, classes = found["Splits"], found["Classes"]
    assert splits.columns == ("split", "images", "without objects", "objects", "patients", "sequences")
    assert splits.rows == (
        ("train", "1", "1", "0", "1", "–"),
        ("val", "1", "0", "2", "1", "–"),
        ("all", "2", "1", "2", "2", "–"),
    )
    assert dict(zip(classes.columns, classes.rows[0], strict=True)) == {
        "class": "lesion",
        "objects": "2",
        "train": "0",
        "val": "2",
        "images": "1",
        "patients": "1",
        "area in pixels": "18 (13 to 23)",
        "share of the image": "37.50% (26.25% to 48.75%)",
        "objects per image": "2 to 2",
    }
    assert found["Image sizes"].rows == (("8 x 6", "2"),)
    assert "known of 1 of 2 images: 0.25" in found["Image sizes"].note
    assert found["Objects per image"].rows == (("0", "1"), ("2", "1"))
    assert found["Label side"].rows == (("left", "1"),)
    assert all(len(row) == len(table.columns) for table in found.values() for row in table.rows)


def test_a_set_without_splits_has_one_row_and_no_columns_for_them(tmp_path):
    found = by_title(counted(tmp_path / "SET"))
    assert [row[0] for row in found["Splits"].rows] == ["no split"]
    assert found["Classes"].columns[:3] == ("class", "objects", "images")


def test_a_class_without_objects_is_told(tmp_path):
    found = by_title(counted(tmp_path / "SET", annotations=[]))
    assert found["Classes"].rows == (("lesion", "0", "0", "–", "–", "–", "–"),)


def test_rare_sizes_are_summed_up(tmp_path):
    images = [image(i) | {"width": 10 + i} for i in range(20)] + [image(99) | {"width": 10}]
    rows = by_title(counted(tmp_path / "SET", images=images, annotations=[]))["Image sizes"].rows
    assert (rows[0], rows[-1], len(rows)) == (("10 x 6", "2"), ("12 more sizes", "12"), 9)


def test_what_was_left_out_is_said(tmp_path):
    statistics = counted(tmp_path / "SET", annotations=[annotation(1), annotation(2, 99)])
    assert "could not be counted: 1" in by_title(statistics)["Splits"].note


def test_several_sets_have_a_row_each_and_a_sum(tmp_path):
    several = [counted(tmp_path / "A", **TWO), counted(tmp_path / "B")]
    table = comparison_table(several)
    assert [row[:5] for row in table.rows] == [
        ("A", "2", "1", "2", "2"),
        ("B", "1", "0", "1", "–"),
        ("all", "3", "1", "3", "2"),
    ]
    assert table.rows[0][6] == "train 1, val 1"
    assert len(comparison_table(several[:1]).rows) == 1


def test_markdown_is_a_table_whatever_the_words(tmp_path):
    assert Table("T", ("a", "b"), (("x|y", "1"),)).markdown() == "| a | b |\n| --- | ---: |\n| x\\|y | 1 |"
    text = markdown(counted(tmp_path / "SET", **TWO))
    assert text.startswith("# SET\n\n## Splits\n\n| split | images |")
    assert "\n| lesion | 2 | 0 | 2 |" in text
