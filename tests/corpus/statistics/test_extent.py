import numpy as np
import pytest
from pycocotools import mask as coco

from tests.corpus.coco.coco_files import annotation, rle
from ultrasam.corpus.coco.skipped import Unusable
from ultrasam.corpus.statistics.extent import extent_of
from ultrasam.imaging import mask_to_rle

SQUARE = [1.0, 1.0, 5.0, 1.0, 5.0, 4.0, 1.0, 4.0]


def test_what_is_stated_is_believed():
    assert extent_of(annotation(area=7.5, bbox=[1, 2, 3, 4])) == (7.5, 1, 2, 3, 4)


@pytest.mark.parametrize("seed", range(30))
def test_runs_have_the_area_and_the_box_that_pycocotools_finds(seed):
    generator = np.random.default_rng(seed)
    mask = generator.random(generator.integers(1, 9, 2)) < generator.random()
    mask.flat[generator.integers(mask.size)] = True
    encoded = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert extent_of(annotation(segmentation=mask_to_rle(mask))) == (coco.area(encoded), *coco.toBbox(encoded))


def test_uncompressed_runs_count_as_well():
    assert extent_of(annotation(segmentation={"size": [3, 2], "counts": [1, 1, 4]})) == (1, 0, 1, 1, 1)


def test_polygons_have_the_area_of_their_outlines():
    found = extent_of(annotation(segmentation=[SQUARE, [10.0, 10.0, 12.0, 10.0, 10.0, 12.0]]))
    assert found == (12 + 2, 1, 1, 11, 11)


@pytest.mark.parametrize(
    "stated", [{"area": 3}, {"area": float("nan"), "bbox": [1, 2, 3, 4]}, {"area": True, "bbox": [1, 2, 3, 4]}]
)
def test_half_a_statement_is_none(stated):
    assert extent_of(annotation(**stated)) == (9, 2, 1, 3, 3)


@pytest.mark.parametrize(
    "segmentation",
    [
        [],
        "text",
        [["a", "b"]],
        [[1.0, 2.0, 3.0]],
        [[float("nan")] * 6],
        [[]],
        {"size": [6, 8]},
        {"size": [6, 8], "counts": "°"},
        {"size": [6, 9], "counts": rle()["counts"]},
        {"size": [3, 2], "counts": [6]},
    ],
)
def test_without_a_statement_or_a_segmentation_nothing_is_known(segmentation):
    with pytest.raises(Unusable):
        extent_of(annotation(segmentation=segmentation))
