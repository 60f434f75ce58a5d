import cv2
import numpy as np
import pytest

from tests.corpus.converters.made import Converted, block, picture, texture

SIZE_HW = (96, 144)


def abdomen(thickness=-1):
    return cv2.ellipse(np.zeros(SIZE_HW, np.uint8), (70, 50), (45, 30), 10, 0, 360, 255, thickness)


@pytest.fixture
def cloned(tmp_path):
    """The repository with its rar archives unpacked: two of images, one of masks, and the copy of HC18."""
    root = tmp_path / "Fast-U-Net-main/Dataset"
    for folder, name in (("AC_image1", "0062"), ("AC_image2", "fa_0091"), ("AC_image2/more", "0001")):
        picture(root / "AC" / folder / f"{name}.png", texture(SIZE_HW))
        picture(root / f"AC/AC_mask/AC_mask/{name}.png", abdomen())
    line = "resized_data/image/{0}.png resized_data/mask/{0}.png\n"
    (root / "AC/train.txt").write_text(line.format("fa_0091"))
    (root / "AC/val.txt").write_text(line.format("0062"))
    picture(root / "HC/HC_image1/514_HC.png", texture(SIZE_HW))
    picture(root / "HC/HC_mask/514_HC_Annotation.png", abdomen())
    return root


def test_the_abdomen_has_a_class_of_its_own_and_the_copy_of_hc18_is_left_out(cloned):
    with Converted("Fast-U-Net", cloned.parent) as found:
        assert {name: found.areas(name) for name in found.samples} == {
            name: [("fetal_abdomen", (abdomen() > 0).sum())] for name in ("0062", "fa_0091", "0001")
        }
        assert [(file.path, "HC18" in file.reason) for file in found.notes.skipped] == [
            ("Dataset/HC/HC_image1/514_HC.png", True)
        ]


def test_the_lists_of_the_repository_are_the_split(cloned):
    with Converted("Fast-U-Net", cloned) as found:
        assert {name: sample.split for name, sample in found.samples.items()} == {
            "0062": "val",
            "fa_0091": "train",
            "0001": None,
        }
        assert found.notes.warnings == []


def test_a_missing_list_is_said(cloned):
    (cloned / "AC/val.txt").unlink()
    with Converted("Fast-U-Net", cloned) as found:
        assert found.samples["0062"].split is None
        assert "expected AC/val.txt" in found.notes.warnings[0]


def test_outlines_are_not_changed_by_morphology_and_small_pieces_stay(cloned):
    mask = block(slice(4, 6), slice(4, 60), SIZE_HW) | block(slice(30, 80), slice(30, 100), SIZE_HW)
    picture(cloned / "AC/AC_mask/AC_mask/0062.png", mask)
    with Converted("Fast-U-Net", cloned) as found:
        assert found.areas("0062") == [("fetal_abdomen", (mask > 0).sum())]


def test_grey_edges_of_resized_masks_count_as_the_nearer_value(cloned):
    mask = block(slice(30, 80), slice(30, 100), SIZE_HW)
    mask[30, 30:100], mask[79, 30:100] = 120, 130
    picture(cloned / "AC/AC_mask/AC_mask/0062.png", mask)
    with Converted("Fast-U-Net", cloned) as found:
        assert found.areas("0062") == [("fetal_abdomen", 49 * 70)]
        assert found.annotations("0062")[1][0].pixels == 140


def test_a_mask_that_is_only_a_line_is_filled(cloned):
    picture(cloned / "AC/AC_mask/AC_mask/0062.png", abdomen(thickness=2))
    with Converted("Fast-U-Net", cloned) as found:
        assert found.areas("0062") == [("fetal_abdomen", ((abdomen() > 0) | (abdomen(thickness=2) > 0)).sum())]


def test_what_has_no_partner_is_skipped(cloned):
    (cloned / "AC/AC_mask/AC_mask/0062.png").unlink()
    (cloned / "AC/AC_image2/fa_0091.png").unlink()
    with Converted("Fast-U-Net", cloned) as found:
        assert list(found.samples) == ["0001"]
        assert [file.path.rpartition("/")[2] for file in found.notes.skipped[:2]] == ["0062.png", "fa_0091.png"]


def test_an_empty_mask_does_not_say_that_there_is_no_abdomen(cloned):
    picture(cloned / "AC/AC_mask/AC_mask/0062.png", np.zeros(SIZE_HW, np.uint8))
    with Converted("Fast-U-Net", cloned) as found:
        assert found.areas("0062") == []
        assert not found.samples["0062"].is_negative_if_empty
