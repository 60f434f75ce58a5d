import numpy as np
import pytest

from tests.corpus.converters.made import Converted, picture, texture
from tests.references import shared

LIVER, KIDNEY, SPLEEN = (100, 0, 100), (255, 255, 0), (255, 0, 255)


def mask(colour, edge=None, background=(0, 0, 0)):
    """A rectangle of a colour, 8 x 10 pixels, and a column of another at its left edge."""
    colours = np.full((24, 32, 3), background, np.uint8)
    colours[4:12, 6:16] = colour
    if edge is not None:
        colours[4:12, 5] = edge
    return colours


def pair(root, domain, place, colours, suffix=".jpg"):
    picture(root / domain / "images" / f"{place}{suffix}", texture())
    return picture(root / domain / "annotations" / f"{place}.png", colours)


def test_real_files():
    with Converted("AbdomenUS", shared("native/AbdomenUS")) as found:
        assert {name: found.areas(name) for name in found.samples} == {
            "real/test/a2": [("liver", 7970), ("vessel", 8275)],
            "real/test/a3": [("vessel", 1758)],
            "real/test/a30": [("kidney", 7377), ("spleen", 7717)],
            "real/test/a31": [("vessel", 722)],
        }
        assert {sample.split for sample in found.samples.values()} == {"test"}
        assert {sample.labels for sample in found.samples.values()} == {(("domain", "real"),)}
        assert [file.path for file in found.notes.skipped] == ["abdominal_US/RUS/images/train/c1.jpg"]
        assert found.picture("real/test/a2").encoded[1] == ".jpg"


def test_real_blended_edges_are_counted_and_no_violet_one_becomes_liver():
    with Converted("AbdomenUS", shared("native/AbdomenUS")) as found:
        remarks = {name: [(r.kind[:14], r.pixels) for r in found.annotations(name)[1]] for name in found.samples}
    assert remarks == {
        "real/test/a2": [("blended colour", 3)],
        "real/test/a3": [],
        "real/test/a30": [("blended colour", 9)],
        "real/test/a31": [("blended colour", 3)],
    }


@pytest.mark.parametrize(
    ("colour", "category"),
    [
        ((100, 0, 100), "liver"),
        ((255, 255, 0), "kidney"),
        ((0, 0, 255), "pancreas"),
        ((255, 0, 0), "vessel"),
        ((0, 255, 255), "adrenal_gland"),
        ((0, 255, 0), "gallbladder"),
        ((255, 255, 255), "bone"),
        ((255, 0, 255), "spleen"),
    ],
)
def test_colours_are_red_green_blue(tmp_path, colour, category):
    pair(tmp_path, "RUS", "test/a1", mask(colour))
    with Converted("AbdomenUS", tmp_path) as found:
        assert found.annotations("real/test/a1")[1] == []
        assert found.areas("real/test/a1") == [(category, 80)]


@pytest.mark.parametrize("background", [(10, 10, 10), (10, 0, 10)])
def test_backgrounds_that_are_not_black(tmp_path, background):
    pair(tmp_path, "RUS", "test/a1", mask(LIVER, background=background))
    with Converted("AbdomenUS", tmp_path) as found:
        assert found.areas("real/test/a1") == [("liver", 80)]
        assert found.annotations("real/test/a1")[1] == []


def test_a_blended_edge_of_the_spleen_is_not_liver(tmp_path):
    pair(tmp_path, "RUS", "test/a1", mask(SPLEEN, edge=(101, 0, 101)))
    with Converted("AbdomenUS", tmp_path) as found:
        assert found.areas("real/test/a1") == [("spleen", 80)]


def test_an_unknown_colour_is_reported(tmp_path):
    pair(tmp_path, "RUS", "test/a1", mask((120, 200, 40)))
    with Converted("AbdomenUS", tmp_path) as found:
        objects, remarks = found.annotations("real/test/a1")
        assert objects == []
        assert ("colour (120, 200, 40)", 48) in [(remark.detail, remark.pixels) for remark in remarks]


def test_domain_and_official_split_are_kept_and_equal_names_do_not_collide(tmp_path):
    for domain in ("RUS", "AUS"):
        for part in ("train", "test"):
            pair(tmp_path / "abdominal_US", domain, f"{part}/x1", mask(KIDNEY), suffix=".png")
    with Converted("AbdomenUS", tmp_path) as found:
        assert {name: (s.split, s.labels[0][1]) for name, s in found.samples.items()} == {
            "real/train/x1": ("train", "real"),
            "real/test/x1": ("test", "real"),
            "simulated/train/x1": ("train", "simulated"),
            "simulated/test/x1": ("test", "simulated"),
        }
        assert found.notes.skipped == []


def test_a_flat_copy_in_other_case_has_no_split(tmp_path):
    pair(tmp_path, "rus", "X1", mask(KIDNEY), suffix=".PNG")
    with Converted("AbdomenUS", tmp_path) as found:
        assert [(s.name, s.split) for s in found.samples.values()] == [("real/x1", None)]


def test_what_has_no_partner_is_skipped(tmp_path):
    pair(tmp_path, "RUS", "test/a1", mask(KIDNEY))
    picture(tmp_path / "RUS/images/train/a1.jpg", texture())
    picture(tmp_path / "RUS/annotations/test/a9.png", mask(KIDNEY))
    with Converted("AbdomenUS", tmp_path) as found:
        assert list(found.samples) == ["real/test/a1"]
        assert [file.path for file in found.notes.skipped] == ["RUS/images/train/a1.jpg", "RUS/annotations/test/a9.png"]


def test_a_mask_without_a_known_colour_does_not_say_that_nothing_is_there(tmp_path):
    pair(tmp_path, "RUS", "test/a1", mask((120, 200, 40)))
    pair(tmp_path, "RUS", "test/a2", mask((0, 0, 0)))
    with Converted("AbdomenUS", tmp_path) as found:
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())
