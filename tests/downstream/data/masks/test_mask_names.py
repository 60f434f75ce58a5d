"""Whose mask a file is, by its name."""

import pytest

from ultrasam.downstream.data.masks.names import masks_beside, masks_of


@pytest.mark.parametrize(
    ("images", "masks", "found", "orphans"),
    [
        (["a.png"], ["a.tif"], {"a.png": ["a.tif"]}, []),
        (["A.PNG"], ["a_Mask.png"], {"A.PNG": ["a_Mask.png"]}, []),
        (["x/a.png", "y/a.png"], ["y/a.png"], {"y/a.png": ["y/a.png"]}, []),
        (
            ["a.png"],
            ["a_mask_10.png", "a_mask_2.png", "a_mask.png"],
            {"a.png": ["a_mask.png", "a_mask_2.png", "a_mask_10.png"]},
            [],
        ),
        (["a.png", "a_1.png"], ["a_1.png", "a_2.png"], {"a_1.png": ["a_1.png"], "a.png": ["a_2.png"]}, []),
        (["case_000_0000.nii.gz"], ["case_000.nii.gz"], {"case_000_0000.nii.gz": ["case_000.nii.gz"]}, []),
        (["a (1).png"], ["a (1)_mask.png"], {"a (1).png": ["a (1)_mask.png"]}, []),
        (["a.png"], ["b_mask.png"], {}, ["b_mask.png"]),
        (
            ["train/a.png", "val/b.png"],
            ["a_mask.png", "x/b.png"],
            {"train/a.png": ["a_mask.png"], "val/b.png": ["x/b.png"]},
            [],
        ),
        (["x/a.png", "y/a.png"], ["a.png"], {}, ["a.png"]),
        (["a.b.png"], ["a.b.png"], {"a.b.png": ["a.b.png"]}, []),
    ],
)
def test_masks_in_a_folder_of_their_own(images, masks, found, orphans):
    assert masks_of(images, masks) == (found, orphans)


def test_masks_beside_their_images():
    files = ["b/x.png", "b/x_mask.png", "b/x_mask_1.png", "b/x_2.png", "b/lonely_mask.png", "c/y.jpg", "c/y-seg.png"]
    assert masks_beside(files) == {"b/x.png": ["b/x_mask.png", "b/x_mask_1.png"], "c/y.jpg": ["c/y-seg.png"]}
