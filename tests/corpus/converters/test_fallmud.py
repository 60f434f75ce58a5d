"""FALLMUD: real files of one part, and the layout of the whole."""

import numpy as np
import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared
from ultrasam.corpus.sample import Unreadable

TURNED = "mask that lies on its side, turned by 90°"


def test_real_files():
    """Checked by eye: lines on the upper and lower aponeurosis, and along fascicles between them."""
    with Converted("FALLMUD", shared("native/FALLMUD")) as fallmud:
        assert {name: fallmud.areas(name) for name in fallmud.samples} == {
            "NeilCronin/aponeurosis/img_00001": [("muscle_aponeurosis", 14563)],
            "NeilCronin/aponeurosis/img_00010": [("muscle_aponeurosis", 18363)],
            "NeilCronin/fascicle/img_00001": [("muscle_fascicle", 315)],
            "NeilCronin/fascicle/img_00010": [("muscle_fascicle", 985)],
        }
        assert not any(fallmud.annotations(name)[1] for name in fallmud.samples)
        assert not fallmud.notes.skipped
        assert not fallmud.notes.warnings


def test_real_aponeuroses_lie_on_the_bright_pixels_by_which_the_turn_is_told(tmp_path):
    folder = shared("native/FALLMUD/NeilCronin")
    with Converted("FALLMUD", folder) as fallmud:
        image = np.atleast_3d(fallmud.picture("aponeurosis/img_00001").pixels).mean(axis=2)
        [(_, mask)] = fallmud.annotations("aponeurosis/img_00001")[0]
        side = min(mask.shape)
        # A square piece of the image, whose shape says nothing.
        mask = mask[:side, :side]
        for turns in (0, 1, 3):
            picture(tmp_path / f"P{turns}/images/1.png", image[:side, :side].astype(np.uint8))
            picture(tmp_path / f"P{turns}/aponeurosis_masks/1.png", np.uint8(255) * np.rot90(mask, turns))
    with Converted("FALLMUD", tmp_path) as squares:
        for turns, detail in ((0, []), (1, ["clockwise"]), (3, ["anticlockwise"])):
            [(_, found)], remarks = squares.annotations(f"P{turns}/1")
            assert (found == mask).all()
            assert [remark.detail for remark in remarks] == detail


def striped(size_hw=(24, 32), rows=slice(4, 7)):
    """An image with a bright line, and the mask of the line."""
    image, mask = texture(size_hw) // 2, block(rows, slice(2, 20), size_hw)
    image[mask > 0] = 250
    return image, mask


@pytest.fixture
def made(tmp_path):
    """The whole: an image of each part, of one name, with both masks."""
    for part, suffix in (("NeilCronin", "tif"), ("RyanCunningham", "png")):
        image, mask = striped()
        folder = tmp_path / "FALLMUD" / part
        picture(folder / f"images/1.{suffix}", image)
        picture(folder / "aponeurosis_masks/1.png", mask)
        picture(folder / f"fascicle_masks/1.{suffix}", block(slice(10, 11)) | block(slice(15, 16)))
    return tmp_path / "FALLMUD"


BOTH = [("muscle_aponeurosis", 3 * 18), ("muscle_fascicle", 2 * 14)]


def test_fascicles_are_not_lost_and_are_one_object(made):
    with Converted("FALLMUD", made) as fallmud:
        assert {name: fallmud.areas(name) for name in fallmud.samples} == {
            "NeilCronin/1": BOTH,
            "RyanCunningham/1": BOTH,
        }
        assert {sample.labels for sample in fallmud.samples.values()} == {(("annotated", "aponeurosis, fascicle"),)}


@pytest.mark.parametrize(("turns", "detail"), [(1, "clockwise"), (-1, "anticlockwise")])
@pytest.mark.parametrize("size_hw", [(24, 32), (32, 24), (32, 32)])
def test_masks_on_their_side_are_turned_back_in_either_direction_and_square_ones_too(made, turns, detail, size_hw):
    image, mask = striped(size_hw)
    picture(made / "NeilCronin/images/1.tif", image)
    picture(made / "NeilCronin/aponeurosis_masks/1.png", np.rot90(mask, turns))
    picture(made / "NeilCronin/fascicle_masks/1.tif", np.zeros(size_hw, np.uint8))
    with Converted("FALLMUD", made) as fallmud:
        [(_, found)], remarks = fallmud.annotations("NeilCronin/1")
        assert (found == (mask > 0)).all()
        assert [(remark.kind, remark.detail) for remark in remarks] == [(TURNED, detail)]


def test_turning_makes_no_new_values(made):
    _, mask = striped()
    mask[4, 2:20] = 200
    picture(made / "NeilCronin/aponeurosis_masks/1.png", np.rot90(mask))
    with Converted("FALLMUD", made) as fallmud:
        objects, remarks = fallmud.annotations("NeilCronin/1")
        assert (objects[0][1] == (mask > 0)).all()
        assert [remark.pixels for remark in remarks if remark.kind != TURNED] == [18]


def test_a_mask_of_another_size_is_brought_to_its_image_and_one_of_another_shape_refused(made):
    picture(made / "NeilCronin/aponeurosis_masks/1.png", striped()[1].repeat(2, 0).repeat(2, 1))
    picture(made / "RyanCunningham/aponeurosis_masks/1.png", np.full((20, 70), 255, np.uint8))
    with Converted("FALLMUD", made) as fallmud:
        assert fallmud.areas("NeilCronin/1") == BOTH
        with pytest.raises(Unreadable, match=r"aponeurosis_masks/1\.png has 20 x 70"):
            fallmud.annotations("RyanCunningham/1")


def test_grey_values_of_jpg_masks_count_as_the_nearer_one(made):
    mask = made / "RyanCunningham/fascicle_masks"
    (mask / "1.png").unlink()
    picture(mask / "1.jpg", block(slice(8, 16)))
    with Converted("FALLMUD", made) as fallmud:
        assert fallmud.areas("RyanCunningham/1")[1] == ("muscle_fascicle", 8 * 14)


def test_an_image_with_one_of_two_masks_is_kept_and_said(made):
    (made / "NeilCronin/fascicle_masks/1.tif").unlink()
    (made / "RyanCunningham/aponeurosis_masks/1.png").unlink()
    with Converted("FALLMUD", made) as fallmud:
        assert [fallmud.areas(name) for name in fallmud.samples] == [BOTH[:1], BOTH[1:]]
        assert [dict(sample.labels)["annotated"] for sample in fallmud.samples.values()] == ["aponeurosis", "fascicle"]
        assert ["images/1." in warning for warning in fallmud.notes.warnings] == [False, True, True]


def test_the_layout_that_no_real_file_confirms_is_said(made):
    with Converted("FALLMUD", made) as fallmud:
        assert ["unconfirmed" in warning for warning in fallmud.notes.warnings] == [True]


def test_what_nobody_outlined_is_no_negative(made):
    with Converted("FALLMUD", made) as fallmud:
        assert not any(sample.is_negative_if_empty for sample in fallmud.samples.values())


def test_images_of_one_structure_say_which_one(tmp_path):
    for images, masks in (("apo_images", "apo_masks"), ("fasc_images_S", "fasc_masks_S")):
        image, mask = striped()
        picture(tmp_path / f"NeilCronin/{images}/img_1.tif", image)
        picture(tmp_path / f"NeilCronin/{masks}/img_1.tif", mask)
    with Converted("FALLMUD", tmp_path) as fallmud:
        assert {name: dict(sample.labels)["annotated"] for name, sample in fallmud.samples.items()} == {
            "NeilCronin/aponeurosis/img_1": "aponeurosis",
            "NeilCronin/fascicle/img_1": "fascicle",
        }


def test_files_without_a_partner_and_corrupt_ones_are_reported(made):
    picture(made / "NeilCronin/images/2.tif", texture())
    picture(made / "NeilCronin/fascicle_masks/3.tif", block())
    picture(made / "NeilCronin/apo_images/4.tif", texture())
    (made / "RyanCunningham/aponeurosis_masks/1.png").write_bytes(b"no picture")
    with Converted("FALLMUD", made) as fallmud:
        assert {entry.path.partition("/")[2] for entry in fallmud.notes.skipped} == {
            "images/2.tif",
            "fascicle_masks/3.tif",
            "apo_images/4.tif",
        }
        with pytest.raises(Unreadable, match=r"aponeurosis_masks/1\.png"):
            fallmud.annotations("RyanCunningham/1")


def test_another_layout_gives_nothing(tmp_path):
    picture(tmp_path / "images/1.png", texture())
    picture(tmp_path / "masks/1.png", block())
    with Converted("FALLMUD", tmp_path) as fallmud:
        assert not fallmud.samples
