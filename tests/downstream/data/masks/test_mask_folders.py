"""Folders of images and masks, in all the ways in which masks are written."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.downstream.data.made import SIZE_HW, picture, save, square
from ultrasam.downstream.data import ReadingOptions, read_examples
from ultrasam.errors import InputError

COUNT = 12


def folder(root, mask_of, images="images", masks="masks", suffix=".png", count=COUNT):
    for i in range(count):
        picture(root / images / f"{i:02}.png")
        mask = mask_of(i)
        path = root / masks / f"{i:02}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        (mask if isinstance(mask, Image.Image) else Image.fromarray(mask)).save(path)
    return root


def masks_of(found, number=0):
    return {i.category: i.mask() for i in found.examples[number].instances}


@pytest.mark.parametrize("value", [1, 7, 255])
def test_one_value_is_one_class(tmp_path, value):
    found = read_examples(folder(tmp_path / "d", lambda i: square(value, (i, 3))), "semantic")
    assert found.classes == ("object",)
    assert len(found.examples) == COUNT
    assert found.examples[2].name == "images/02.png"
    np.testing.assert_array_equal(masks_of(found, 2)["object"], square(1, (2, 3)) > 0)
    named = read_examples(tmp_path / "d", "semantic", options=ReadingOptions(classes=("lesion",)))
    assert named.classes == ("lesion",)


def test_a_smoothed_mask_is_black_and_white(tmp_path):
    mask = square(255, (4, 4), 16)
    mask[4, 4:20] = np.linspace(10, 250, 16)
    found = read_examples(folder(tmp_path / "d", lambda i: mask), "semantic")
    np.testing.assert_array_equal(masks_of(found)["object"], mask >= 128)


def test_a_jpeg_is_black_and_white(tmp_path):
    mask = square(255, (4, 4), 16)
    found = read_examples(folder(tmp_path / "d", lambda i: mask, suffix=".jpg"), "semantic")
    np.testing.assert_array_equal(masks_of(found)["object"], mask > 0)


def test_one_bit_and_palette_and_alpha(tmp_path):
    bits = Image.fromarray(square(255)).convert("1")
    assert read_examples(folder(tmp_path / "bits", lambda i: bits), "semantic").classes == ("object",)
    palette = Image.fromarray(square(1) + square(2, (14, 20), 5)).convert("P")
    palette.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    found = read_examples(
        folder(tmp_path / "p", lambda i: palette), "semantic", options=ReadingOptions(classes=("cyst", "nodule"))
    )
    np.testing.assert_array_equal(masks_of(found)["nodule"], square(1, (14, 20), 5) > 0)
    alpha = np.zeros((*SIZE_HW, 4), np.uint8)
    alpha[square() > 0] = (255, 255, 255, 255)
    found = read_examples(folder(tmp_path / "a", lambda i: alpha), "semantic")
    np.testing.assert_array_equal(masks_of(found)["object"], square() > 0)


def test_numbers_are_classes_in_order(tmp_path):
    root = folder(tmp_path / "d", lambda i: square(1) + square(2, (14, 20), 5))
    assert read_examples(root, "semantic").classes == ("class 1", "class 2")
    (root / "classes.txt").write_text("background\ncavity\natrium\n")
    found = read_examples(root, "semantic")
    assert found.classes == ("cavity", "atrium")
    np.testing.assert_array_equal(masks_of(found)["atrium"], square(1, (14, 20), 5) > 0)


def test_a_value_that_nobody_named_stops(tmp_path):
    root = folder(tmp_path / "d", lambda i: square(85) + (square(255, (14, 20), 5) if i == 3 else 0))
    with pytest.raises(
        InputError, match=r"values are 85 \(768 pixels\), 255 \(25 pixels\), with no names.*classes.json"
    ):
        read_examples(root, "semantic")
    (root / "classes.json").write_text(json.dumps({"85": "cyst"}))
    with pytest.raises(InputError, match=r"images/03.png: .*03.png, but 25 pixels have value 255"):
        read_examples(root, "semantic")
    (root / "classes.json").write_text(json.dumps({"85": "cyst", "255": None}))
    assert read_examples(root, "semantic").classes == ("cyst",)


def test_colours_need_names_unless_there_is_one(tmp_path):
    def coloured(i, *more):
        mask = np.zeros((*SIZE_HW, 3), np.uint8)
        for colour, place in (((255, 0, 0), (0, 0)), *more):
            mask[square(1, place, 6) > 0] = colour
        return mask

    one = read_examples(folder(tmp_path / "one", coloured), "semantic")
    assert one.classes == ("object",)
    root = folder(tmp_path / "two", lambda i: coloured(i, ((0, 0, 255), (12, 12))))
    with pytest.raises(InputError, match=r"\(0, 0, 255\) \(432 pixels\), \(255, 0, 0\) \(432 pixels\)"):
        read_examples(root, "semantic", options=ReadingOptions(classes=("a", "b")))
    (root / "classes.json").write_text(json.dumps({"cyst": "#0000ff", "nodule": [255, 0, 0]}))
    found = read_examples(root, "semantic")
    assert found.classes == ("cyst", "nodule")
    np.testing.assert_array_equal(masks_of(found)["cyst"], square(1, (12, 12), 6) > 0)
    (root / "classes.json").write_text(json.dumps({"1": "cyst"}))
    with pytest.raises(InputError, match="numbers for grey masks and colours for coloured ones"):
        read_examples(root, "semantic")


def test_several_masks_of_an_image_are_its_objects(tmp_path):
    root = folder(tmp_path / "d", lambda i: square(255, (0, 0)), suffix="_mask.png")
    for i in range(COUNT):
        save(root / f"masks/{i:02}_mask_1.png", square(255, (12, 12)))
    found = read_examples(root, "instance")
    assert [len(e.instances) for e in found.examples] == [2] * COUNT
    np.testing.assert_array_equal(found.examples[0].instances[1].mask(), square(1, (12, 12)) > 0)
    assert len({i.annotation_id for e in found.examples for i in e.instances}) == 2 * COUNT


def test_numbers_of_one_class_are_its_objects(tmp_path):
    root = folder(tmp_path / "d", lambda i: square(1, (0, 0)) + square(2, (12, 12)))
    found = read_examples(root, "instance", options=ReadingOptions(classes=("follicle",)))
    assert found.classes == ("follicle",)
    assert [len(e.instances) for e in found.examples] == [2] * COUNT


def test_pieces_are_one_object_unless_they_shall_not_be(tmp_path):
    root = folder(tmp_path / "d", lambda i: square(255, (0, 0)) + square(255, (12, 12)))
    found = read_examples(root, "instance")
    assert [len(e.instances) for e in found.examples] == [1] * COUNT
    assert "12 are in several pieces" in found.left_out[0].reason
    assert "pieces=true" in found.left_out[0].reason
    split_up = read_examples(root, "instance", options=ReadingOptions(pieces=True))
    assert [len(e.instances) for e in split_up.examples] == [2] * COUNT
    assert read_examples(root, "semantic").left_out == ()


def test_an_empty_mask_is_an_image_without_objects(tmp_path):
    root = folder(tmp_path / "d", lambda i: square(255 if i else 0))
    found = read_examples(root, "semantic")
    assert len(found.examples) == COUNT
    assert found.examples[0].instances == ()
    with pytest.raises(InputError, match="all pixels of all masks are 0"):
        read_examples(folder(tmp_path / "none", lambda i: square(0)), "semantic")


def test_images_without_masks_are_told_and_masks_without_images_stop(tmp_path):
    root = folder(tmp_path / "d", lambda i: square())
    (root / "masks/05.png").unlink()
    found = read_examples(root, "semantic")
    assert [(s.what, s.reason) for s in found.left_out] == [("images/05.png", "No mask belongs to it.")]
    (root / "images/06.png").unlink()
    with pytest.raises(InputError, match=r"mask 06.png: Expected an image for this mask"):
        read_examples(root, "semantic")


def test_a_mask_of_another_size_stops(tmp_path):
    root = folder(tmp_path / "d", lambda i: square(size_hw=SIZE_HW if i else (12, 16)))
    with pytest.raises(InputError, match=r"00.png: Expected a mask of its image's size, 24 x 32 .* 00.png has 12 x 16"):
        read_examples(root, "semantic")


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("{part}/images", "{part}/masks"),
        ("images/{part}", "masks/{part}"),
        ("{part}/Images", "{part}/Labels"),
    ],
)
def test_parts_as_folders(tmp_path, images, masks):
    for part, count in (("train", 6), ("val", 2), ("test", 3)):
        folder(tmp_path / "d", lambda i: square(), images.format(part=part), masks.format(part=part), count=count)
    found = read_examples(tmp_path / "d", "semantic")
    assert {p: len(found.part(p)) for p in ("train", "val", "test")} == {"train": 6, "val": 2, "test": 3}


def test_nnunet_s_folders(tmp_path):
    for part, count in (("Tr", 10), ("Ts", 3)):
        for i in range(count):
            picture(tmp_path / f"d/images{part}/c{part}{i}_0000.png")
            save(tmp_path / f"d/labels{part}/c{part}{i}.png", square(1))
    (tmp_path / "d/dataset.json").write_text(json.dumps({"labels": {"background": 0, "cyst": 1}}))
    found = read_examples(tmp_path / "d", "semantic")
    assert found.classes == ("cyst",)
    assert len(found.part("test")) == 3
    assert found.part("val")


def test_nifti_files(tmp_path):
    nibabel = pytest.importorskip("nibabel")
    rng = np.random.default_rng(0)
    for i in range(COUNT):
        for name, values in (
            (f"imagesTr/c{i}_0000", rng.integers(0, 256, SIZE_HW, np.uint8)),
            (f"labelsTr/c{i}", square(1, (i, 3))),
        ):
            path = tmp_path / f"d/{name}.nii.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            nibabel.save(nibabel.Nifti1Image(values.T[..., None], np.eye(4)), path)
    found = read_examples(tmp_path / "d", "semantic")
    assert [e.name for e in found.examples[:3]] == [f"imagesTr/c{i}_0000.nii.gz" for i in range(3)]
    assert {e.size_hw for e in found.examples} == {SIZE_HW}
    np.testing.assert_array_equal(masks_of(found, 2)["object"], square(1, (2, 3)) > 0)


def test_masks_beside_images_and_masks_elsewhere(tmp_path):
    beside = folder(tmp_path / "beside", lambda i: square(), "benign", "benign", suffix="_mask.png")
    found = read_examples(beside, "semantic")
    assert [e.name for e in found.examples[:2]] == ["benign/00.png", "benign/01.png"]
    folder(tmp_path / "d", lambda i: square(), "pictures", "outlines")
    with pytest.raises(InputError, match="Expected a COCO file, images/ and masks/"):
        read_examples(tmp_path / "d", "semantic")
    given = read_examples(tmp_path / "d", "semantic", options=ReadingOptions(masks="outlines"))
    assert len(given.examples) == COUNT
    with pytest.raises(InputError, match="Expected a folder of masks"):
        read_examples(tmp_path / "d", "semantic", options=ReadingOptions(masks="nowhere"))


def test_a_table_beside_them_tells_patients_and_parts(tmp_path):
    root = folder(tmp_path / "d", lambda i: square())
    lines = [f"{i:02}.png,p{i // 3},{'train' if i < 6 else 'test' if i < 9 else 'val'}" for i in range(COUNT)]
    (root / "patients.csv").write_text("\n".join(["image,patient,split", *lines]))
    found = read_examples(root, "semantic")
    assert [e.patient for e in found.examples] == [f"p{i // 3}" for i in range(COUNT)]
    assert [len(found.part(p)) for p in ("train", "val", "test")] == [6, 3, 3]
