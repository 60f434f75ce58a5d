import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as reference

from tests.corpus.coco.coco_files import rle
from tests.references import shared
from ultrasam.corpus import CocoFolder, Instance
from ultrasam.errors import InputError
from ultrasam.imaging import mask_to_rle

MASKS = hnp.arrays(bool, st.tuples(st.integers(1, 20), st.integers(1, 20))).filter(np.any)
SIZE_HW = (20, 30)


def flat(points):
    return [number for point in points for number in point]


COORDINATES = st.tuples(st.floats(-10, 40), st.floats(-10, 30)).map(list)
POLYGONS = st.lists(st.lists(COORDINATES, min_size=3, max_size=8).map(flat), min_size=1, max_size=3)
INF = float("inf")


def instance(segmentation, size_hw=SIZE_HW):
    return Instance(1, "lesion", segmentation, size_hw)


def by_pycocotools(polygons, size_hw):
    return reference.decode(reference.merge(reference.frPyObjects(polygons, *size_hw))).astype(bool)


@settings(derandomize=True, deadline=None)
@given(MASKS, st.booleans())
def test_rle_gives_the_mask_that_pycocotools_wrote(mask, is_compressed):
    written = reference.encode(np.asfortranarray(mask.astype(np.uint8)))
    flat = np.concatenate([[False], mask.ravel(order="F"), [not mask[-1, -1]]])
    runs = np.diff(np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))).tolist()
    runs[0] -= 1
    counts = written["counts"].decode() if is_compressed else runs
    found = instance({"size": written["size"], "counts": counts}, mask.shape).mask()
    assert found.dtype == bool
    assert found.flags.c_contiguous
    assert (found == mask).all()


@settings(derandomize=True, deadline=None, max_examples=300)
@given(POLYGONS)
@example([[2, 2, 12, 2, 12, 9, 2, 9], [20.5, 3.5, 25, 3.5, 25, 15]])
@example([[2, 2, 12, 2, 12, 9], [1, 1, 5, 1, 5, 9, 1, 9, 0, 5]])
def test_polygons_are_filled_as_by_pycocotools(polygons):
    expected = by_pycocotools(polygons, SIZE_HW)
    if expected.any():
        assert (instance(polygons).mask() == expected).all()
    else:
        with pytest.raises(InputError, match="at least one pixel inside, but its mask is empty"):
            instance(polygons).mask()


def test_integer_polygons_are_polygons_too():
    # pycocotools takes four numbers for a box, and so may not see a polygon's first four.
    assert instance([[2, 3, 12, 3, 12, 9, 2, 9]]).mask().sum() == 60


@pytest.mark.parametrize("axis", [0, 1])
def test_a_polygon_may_reach_out_of_the_image_by_its_size(axis):
    polygon = np.array([[-10.0, 5], [25, 5], [25, 15], [-10, 15]])
    assert instance([polygon.ravel().tolist()]).mask().any()
    polygon[0, axis] = -1000
    with pytest.raises(InputError, match=f"Expected polygons inside the image, .* in {'xy'[axis]}, where it has"):
        instance([polygon.ravel().tolist()]).mask()


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        (None, "missing or empty"),
        ([], "missing or empty"),
        ("PPP", "as RLE or polygons, but got 'PPP'"),
        (5, "as RLE or polygons, but got '5'"),
        ({}, "size .height, width. and counts"),
        ({"size": [20, 30]}, "size .height, width. and counts"),
        ({"size": [20, 30], "counts": 7}, "size .height, width. and counts"),
        ({"size": None, "counts": [600]}, "size .height, width. and counts"),
        ({"size": [30, 20], "counts": [10, 590]}, r"the image's size 20 x 30 \(rows x columns\), but got 30 x 20"),
        ({"size": [20], "counts": [10, 590]}, "but got 20"),
        ({"size": ["a", "b"], "counts": [10, 590]}, "but got a x b"),
        ({"size": [20, 30], "counts": [10, 591]}, "fill 20 x 30 pixels, but got 601"),
        ({"size": [20, 30], "counts": [2**63, 2**63, 600]}, "fill 20 x 30 pixels"),
        ({"size": [20, 30], "counts": [-1, 601]}, "whole numbers from 0"),
        ({"size": [20, 30], "counts": [1.5, 598.5]}, "whole numbers from 0"),
        ({"size": [20, 30], "counts": [[600]]}, "whole numbers from 0"),
        ({"size": [20, 30], "counts": ["a"]}, "whole numbers from 0"),
        ({"size": [20, 30], "counts": ""}, "empty, cut off or damaged"),
        ({"size": [20, 30], "counts": "P"}, "cut off or damaged"),
        ({"size": [20, 30], "counts": "o" * 20 + "0"}, "cut off or damaged"),
        ({"size": [20, 30], "counts": "1"}, "fill 20 x 30 pixels, but got 1"),
        ({"size": [20, 30], "counts": [600]}, "its mask is empty"),
        ({"size": [20, 30], "counts": [600, 0]}, "its mask is empty"),
        ([[1, 1, 5, 5]], "at least 3 points, but one has 2"),
        ([[1, 1, 5, 1, 5, 5], [1, 1]], "at least 3 points, but one has 1"),
        ([[]], "at least 3 points, but one has 0"),
        ([[1, 1, 5, 1, 5, 5, 3]], "odd count of 7"),
        ([[1, 1, 5, 1, 5, float("nan")]], "NaN or infinity"),
        ([[1, 1, 5, INF, 5, 5]], "NaN or infinity"),
        ([[1, 1, 5, INF, 5, -INF]], "NaN or infinity"),
        ([[1, 1, 5, "1", 5, 5]], "numbers, but one holds something else"),
        ([[1, 1, 5, None, 5, 5]], "numbers, but one holds something else"),
        ([[1, 1, 5, [1], 5, 5]], "numbers, but one holds something else"),
        ([[10**400, 1, 5, 1, 5, 5]], "numbers, but one holds something else"),
        ([[10**400, -(10**400), 5, 1, 5, 5]], "inside the image"),
        ([1, 1, 5, 1, 5, 5], r"as lists \[x0, y0, x1, y1, …\], but got 1"),
        ([[29.9, 0, 29.95, 0, 29.9, 0.05]], "its mask is empty"),
    ],
)
def test_what_is_no_object_is_refused_in_a_sentence(segmentation, reason):
    with pytest.raises(InputError, match=reason) as caught:
        instance(segmentation).mask()
    assert str(caught.value).startswith("Expected ")
    assert str(caught.value).endswith(".")


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=12))
def test_damaged_rle_is_a_mask_or_a_sentence(counts):
    try:
        mask = instance({"size": list(SIZE_HW), "counts": counts}).mask()
    except InputError:
        return
    assert mask.shape == SIZE_HW
    assert mask_to_rle(mask)["size"] == list(SIZE_HW)


def test_size_is_read_from_whole_floats_too():
    assert instance({**rle(size_hw=SIZE_HW), "size": [20.0, 30.0]}).mask().sum() == 9


@pytest.mark.parametrize("name", ["DDTI", "FALLMUD"])
def test_real_masks_are_those_of_pycocotools(name):
    path = shared(f"corpus/{name}")
    by_id = {entry["id"]: entry for entry in json.loads((path / "coco.json").read_text())["annotations"]}
    instances = [instance for image in CocoFolder.read(path).images for instance in image.instances]
    assert len(instances) == len(by_id)
    for instance in instances[::40]:
        entry = by_id[instance.annotation_id]
        mask = instance.mask()
        assert (mask == reference.decode(entry["segmentation"]).astype(bool)).all()
        assert mask.sum() == entry["area"]
