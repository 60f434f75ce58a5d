"""DDTI: real files, broken cases, and the processed part of another archive."""

import json

import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared

SQUARE = [(2, 3), (12, 3), (12, 9), (2, 9)]
TRIANGLE = [(16, 4), (28, 4), (22, 20)]


def svg(*outlines):
    """Outlines in the words of the annotation tool."""
    regions = [
        {"points": [{"x": x, "y": y} for x, y in points], "annotation": {}, "regionType": "freehand"}
        for points in outlines
    ]
    return json.dumps(regions)


def write_case(folder, number, marks, facts="", pictures=True):
    """The XML file of a case, with a text of outlines for each number of an image."""
    folder.mkdir(parents=True, exist_ok=True)
    inside = "".join(f"<mark><image>{image}</image><svg>{text}</svg></mark>" for image, text in marks)
    (folder / f"{number}.xml").write_text(f"<case><number>{number}</number>{facts}{inside}</case>", encoding="utf-8")
    for image, _ in marks if pictures else ():
        picture(folder / f"{number}_{image}.jpg", texture(seed=image))


def test_real_files():
    with Converted("DDTI", shared("native/DDTI_xml")) as found:
        assert {name: [area for _, area in found.areas(name)] for name in found.samples} == {
            "1_1": [59409],
            "1_2": [59153],
            "2_1": [30951],
            "3_1": [7180],
        }
        assert [sample.patient for sample in found.samples.values()] == ["1", "1", "2", "3"]
        assert found.samples["1_1"].labels == ()
        assert found.samples["3_1"].labels == (
            ("TI-RADS", "4a"),
            ("composition", "spongiform"),
            ("echogenicity", "isoechogenicity"),
            ("margins", "well defined"),
            ("calcifications", "microcalcifications"),
            ("sex", "F"),
            ("age", "31"),
        )
        assert {entry.path: entry.reason for entry in found.notes.skipped} == {
            "54_1.jpg": "Expected whole outlines, but their text is cut off or damaged.",
            "120_1.jpg": "Nobody outlined a nodule in this image.",
        }


def shoelace(points):
    """Area of a polygon by its corners."""
    turned = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in turned)) / 2


def test_areas_of_real_files_are_those_of_their_polygons():
    with Converted("DDTI", shared("native/DDTI_xml")) as found:
        for name, sample in found.samples.items():
            [outline] = sample.masks[0].outlines
            assert found.areas(name)[0][1] == pytest.approx(shoelace(list(outline.rings[0])), rel=0.005)


def test_each_outline_is_an_object_and_a_repeated_one_is_taken_once(tmp_path):
    write_case(tmp_path, 7, [(1, svg(SQUARE, TRIANGLE, SQUARE)), (2, svg(SQUARE))])
    with Converted("DDTI", tmp_path) as found:
        assert found.areas("7_1") == [("thyroid_nodule", 60), ("thyroid_nodule", pytest.approx(96, abs=8))]
        assert found.areas("7_2") == [("thyroid_nodule", 60)]


def test_the_case_is_the_patient_and_an_outline_without_area_is_no_negative(tmp_path):
    for case in (7, 8):
        write_case(tmp_path, case, [(1, svg(SQUARE)), (2, svg(TRIANGLE))])
    with Converted("DDTI", tmp_path) as found:
        assert {name: sample.patient for name, sample in found.samples.items()} == {
            **{"7_1": "7", "7_2": "7"},
            **{"8_1": "8", "8_2": "8"},
        }
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_cases_that_are_there_twice_are_said(tmp_path):
    write_case(tmp_path / "one", 7, [(1, svg(SQUARE))])
    write_case(tmp_path / "two", 7, [(1, svg(SQUARE))])
    write_case(tmp_path / "two", 8, [(1, svg(SQUARE))])
    with Converted("DDTI", tmp_path) as found:
        assert list(found.samples) == ["8_1"]
        assert {entry.path for entry in found.notes.skipped} == {
            *("one/7.xml", "one/7_1.jpg"),
            *("two/7.xml", "two/7_1.jpg"),
        }


def test_marks_of_one_image_are_taken_together(tmp_path):
    write_case(tmp_path, 7, [(1, svg(SQUARE)), (1, svg(TRIANGLE, SQUARE))])
    with Converted("DDTI", tmp_path) as found:
        assert [area for _, area in found.areas("7_1")] == [60, pytest.approx(96, abs=8)]


def test_outlines_that_are_cut_off_leave_out_their_image_alone(tmp_path):
    write_case(tmp_path, 7, [(1, svg(SQUARE, TRIANGLE)[:200]), (2, svg(TRIANGLE))])
    with Converted("DDTI", tmp_path) as found:
        assert list(found.samples) == ["7_2"]
        assert [entry.path for entry in found.notes.skipped] == ["7_1.jpg"]


def test_a_file_that_is_cut_off_stops_nothing(tmp_path):
    write_case(tmp_path, 7, [(1, svg(SQUARE))])
    write_case(tmp_path, 8, [(1, svg(SQUARE))])
    content = (tmp_path / "7.xml").read_bytes()
    (tmp_path / "7.xml").write_bytes(content[: len(content) // 2])
    with Converted("DDTI", tmp_path) as found:
        assert list(found.samples) == ["8_1"]
        reasons = {entry.path: entry.reason for entry in found.notes.skipped}
        assert set(reasons) == {"7.xml", "7_1.jpg"}
        assert "damaged" in reasons["7_1.jpg"]


def test_what_has_no_partner_is_said(tmp_path):
    write_case(tmp_path, 7, [(1, svg(SQUARE)), (2, svg(SQUARE))])
    (tmp_path / "7_2.jpg").unlink()
    picture(tmp_path / "7_3.jpg", texture())
    with Converted("DDTI", tmp_path) as found:
        assert list(found.samples) == ["7_1"]
        assert {entry.path for entry in found.notes.skipped} == {"7.xml", "7_3.jpg"}


def write_processed(folder, mask):
    """One image in the layout inside of the TN3K archive."""
    stage = folder / "Thyroid Dataset" / "DDTI dataset" / "DDTI" / "2_preprocessed_data" / "stage1"
    picture(stage / "p_image" / "1.PNG", texture())
    picture(stage / "p_mask" / "1.PNG", mask)
    picture(stage.parents[1] / "1_or_data" / "image" / "1.PNG", texture())
    picture(folder / "Thyroid Dataset" / "tn3k" / "test-image" / "0000.jpg", texture())


def test_greys_of_processed_masks_count_as_the_nearer_value(tmp_path):
    mask = block()
    mask[4, 6:20] = 180
    mask[0, :] = 1
    write_processed(tmp_path, mask)
    with Converted("DDTI", tmp_path) as found:
        assert found.areas("processed/1") == [("thyroid_nodule", 8 * 14)]
        assert found.samples["processed/1"].patient is None
        assert not found.samples["processed/1"].is_negative_if_empty
        assert "processed" in found.notes.warnings[0]
        assert len(found.notes.unused) == 4


def test_the_original_release_is_preferred(tmp_path):
    write_processed(tmp_path, block())
    write_case(tmp_path / "DDTI_xml", 7, [(1, svg(SQUARE))], facts="<tirads>5</tirads><age> 40</age><sex></sex>")
    with Converted("DDTI", tmp_path) as found:
        assert list(found.samples) == ["7_1"]
        assert found.samples["7_1"].labels == (("TI-RADS", "5"), ("age", "40"))
        assert not found.notes.skipped
        assert len(found.notes.unused) == 5


def test_another_layout_gives_nothing(tmp_path):
    picture(tmp_path / "images" / "1_1.jpg", texture())
    with Converted("DDTI", tmp_path) as found:
        assert not found.samples
        assert not found.notes.skipped
