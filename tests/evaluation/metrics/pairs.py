"""Pairs of masks, predicted and true: random, real, and those that are easily forgotten."""

import json

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from tests.measure.shapes import blobs
from tests.references import shared
from ultrasam.imaging.rle import rle_to_mask

#: Two masks of one small size, empty and full ones among them.
any_pair = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9).flatmap(
    lambda shape: st.tuples(hnp.arrays(bool, shape), hnp.arrays(bool, shape))
)


def painted(*boxes, size_hw=(30, 41)):
    mask = np.zeros(size_hw, bool)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = True
    return mask


#: Neither is empty.
FORGOTTEN = {
    "one pixel each": (painted((3, 4, 4, 5)), painted((30, 20, 31, 21))),
    "the same pixel": (painted((3, 4, 4, 5)), painted((3, 4, 4, 5))),
    "pixels in opposite corners": (painted((0, 0, 1, 1)), painted((40, 29, 41, 30))),
    "a pixel in a large mask": (painted((20, 10, 21, 11)), painted((5, 2, 38, 28))),
    "both full": (painted((0, 0, 41, 30)), painted((0, 0, 41, 30))),
    "full against a part": (painted((0, 0, 41, 30)), painted((10, 10, 20, 20))),
    "cut by the border": (painted((0, 0, 12, 30)), painted((0, 8, 20, 30))),
    "touching side by side": (painted((5, 5, 10, 20)), painted((10, 5, 15, 20))),
    "a line and a frame": (painted((0, 15, 41, 16)), painted((2, 2, 39, 28)) & ~painted((4, 4, 37, 26))),
    "an outlier far away": (painted((5, 5, 15, 15), (39, 28, 41, 30)), painted((5, 5, 15, 15))),
    "an image of one row": (painted((0, 0, 3, 1), size_hw=(1, 9)), painted((2, 0, 9, 1), size_hw=(1, 9))),
    "an image of one pixel": (painted((0, 0, 1, 1), size_hw=(1, 1)), painted((0, 0, 1, 1), size_hw=(1, 1))),
}


def random_pairs():
    """Blobs that touch the border, and their disturbed copies."""
    for seed in range(6):
        truth = blobs(seed, smoothness=2 + seed)
        yield np.roll(truth, seed, axis=seed % 2), truth
        yield blobs(seed + 100), truth


def real_pairs(dataset, count=6):
    """True masks of a data set, each with itself after its outline was disturbed by some pixels."""
    annotations = json.loads(shared(f"corpus/{dataset}/coco.json").read_bytes())["annotations"]
    rng = np.random.default_rng(0)
    for i in rng.choice(len(annotations), count, replace=False):
        truth = rle_to_mask(annotations[i]["segmentation"])
        noise = ndimage.gaussian_filter(rng.standard_normal(truth.shape), 6)
        outwards = ndimage.distance_transform_edt(~truth) - ndimage.distance_transform_edt(truth)
        yield outwards < 4 * noise / noise.std(), truth
