"""MMOTU, both parts: real files of the first, archives made for the rest."""

import numpy as np
import pytest

from tests.corpus.converters.made import Converted, picture, texture
from tests.references import shared

COLOURS = {
    "chocolate_cyst": (64, 0, 0),
    "serous_cystadenoma": (0, 64, 0),
    "teratoma": (0, 0, 64),
    "theca_cell_tumor": (64, 0, 64),
    "simple_cyst": (64, 64, 0),
    "normal_ovary": (64, 64, 64),
    "mucinous_cystadenoma": (0, 128, 0),
    "high_grade_serous": (0, 0, 128),
}


def coloured(*colours):
    """A mask ``(24, 32, 3)`` uint8 with a square of 4 x 4 pixels of each colour."""
    mask = np.zeros((24, 32, 3), np.uint8)
    for number, colour in enumerate(colours):
        mask[2:6, 4 * number : 4 * number + 4] = colour
    return mask


def write_part(folder, masks):
    """Images 1, 2, … with these masks."""
    for number, mask in enumerate(masks, 1):
        picture(folder / "images" / f"{number}.JPG", texture(seed=number))
        picture(folder / "annotations" / f"{number}.PNG", mask)
    return folder


def write_lists(folder, **lists):
    for name, text in lists.items():
        (folder / f"{name}.txt").write_text(text)


def test_real_files_whose_colours_agree_with_the_lists():
    with Converted("MMOTU_2d", shared("native/MMOTU_2d")) as found:
        areas = {}
        for name, sample in found.samples.items():
            [(category, mask)], remarks = found.annotations(name)
            assert sample.labels == (("diagnosis", category),)
            assert not remarks
            areas[name] = (sample.split, category, int(mask.sum()))
        assert areas == {
            "1": ("train", "simple_cyst", 26936),
            "3": ("test", "simple_cyst", 31718),
            "6": ("train", "chocolate_cyst", 73096),
            "20": ("train", "mucinous_cystadenoma", 90762),
            "45": ("train", "teratoma", 86939),
            "58": ("train", "serous_cystadenoma", 133993),
            "74": ("train", "normal_ovary", 40715),
        }
        assert not found.notes.skipped
        assert not found.notes.warnings


@pytest.mark.parametrize(("number", "category"), enumerate(COLOURS))
def test_the_colour_is_the_class_and_the_list_counts_from_0(tmp_path, number, category):
    write_part(tmp_path / "OTU_2d", [coloured(COLOURS[category])])
    write_lists(tmp_path / "OTU_2d", train="1\n", train_cls=f"1.JPG  {number}\n")
    with Converted("MMOTU_2d", tmp_path) as found:
        assert found.areas("1") == [(category, 16)]
        assert found.samples["1"].labels == (("diagnosis", category),)


def test_two_types_in_one_image_and_specks_are_kept(tmp_path):
    mask = coloured(COLOURS["teratoma"], COLOURS["simple_cyst"])
    mask[20, 30] = COLOURS["teratoma"]
    write_part(tmp_path / "OTU_2d", [mask])
    with Converted("MMOTU_2d", tmp_path) as found:
        assert found.areas("1") == [("teratoma", 17), ("simple_cyst", 16)]


def test_an_image_in_no_list_takes_nothing_from_the_one_before_it(tmp_path):
    write_part(tmp_path / "OTU_2d", [coloured(COLOURS["teratoma"]), coloured(COLOURS["simple_cyst"])])
    write_lists(tmp_path / "OTU_2d", train="1\n", train_cls="1.JPG  2\n")
    with Converted("MMOTU_2d", tmp_path) as found:
        sample = found.samples["2"]
        assert (sample.split, sample.labels, found.areas("2")) == (None, (), [("simple_cyst", 16)])
        assert [warning for warning in found.notes.warnings if "2.JPG" in warning]


def test_an_image_in_both_lists_is_said(tmp_path):
    write_part(tmp_path / "OTU_2d", [coloured(COLOURS["teratoma"])])
    write_lists(tmp_path / "OTU_2d", train="1\n", val="1\n")
    with Converted("MMOTU_2d", tmp_path) as found:
        assert found.samples["1"].split == "test"
        assert len(found.notes.warnings) == 1


def test_other_colours_are_reported(tmp_path):
    write_part(tmp_path / "OTU_2d", [coloured((128, 128, 0))])
    with Converted("MMOTU_2d", tmp_path) as found:
        objects, [remark] = found.annotations("1")
        assert not objects
        assert (remark.detail, remark.pixels) == ("colour (128, 128, 0)", 16)
        assert not found.samples["1"].is_negative_if_empty


def test_binary_masks_and_the_other_part_are_known_and_not_used(tmp_path):
    write_part(tmp_path / "OTU_2d", [coloured(COLOURS["teratoma"])])
    for name in ("1_binary", "1_binary_binary"):
        picture(tmp_path / "OTU_2d" / "annotations" / f"{name}.PNG", coloured((255, 255, 255)))
    write_part(tmp_path / "OTU_3d", [coloured(COLOURS["simple_cyst"])])
    with Converted("MMOTU_2d", tmp_path) as found:
        assert found.areas("1") == [("teratoma", 16)]
        assert len(found.notes.unused) == 4
        assert not found.notes.skipped


def test_the_folder_itself_may_be_given(tmp_path):
    write_part(tmp_path, [coloured(COLOURS["teratoma"])])
    with Converted("MMOTU_2d", tmp_path) as found:
        assert found.areas("1") == [("teratoma", 16)]


def test_what_has_no_partner_is_said(tmp_path):
    folder = write_part(tmp_path / "OTU_2d", [coloured(COLOURS["teratoma"])])
    picture(folder / "images" / "2.JPG", texture())
    picture(folder / "annotations" / "3.PNG", coloured())
    with Converted("MMOTU_2d", tmp_path) as found:
        assert {entry.path for entry in found.notes.skipped} == {"OTU_2d/images/2.JPG", "OTU_2d/annotations/3.PNG"}
