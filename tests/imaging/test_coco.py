import contextlib
import io

import numpy as np
from pycocotools import mask as reference
from pycocotools.coco import COCO

from ultrasam.imaging import coco_annotation, rle_to_mask, write_coco


def test_the_file_is_read_by_pycocotools(tmp_path):
    rng = np.random.default_rng(0)
    masks = [rng.random((40, 60)) > 0.7, np.zeros((40, 60), bool), np.ones((30, 20), bool)]
    images = [
        {"id": 1, "file_name": "ä.png", "height": 40, "width": 60},
        {"id": 2, "file_name": "b.png", "height": 30, "width": 20},
    ]
    annotations = [
        coco_annotation(masks[0], annotation_id=1, image_id=1, category_id=2, score=0.5),
        coco_annotation(masks[1], annotation_id=2, image_id=1),
        coco_annotation(masks[2], annotation_id=3, image_id=2),
    ]
    path = tmp_path / "annotations.json"
    write_coco(path, images, annotations, [{"id": 1, "name": "lesion"}, {"id": 2, "name": "head"}])
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(path))
    assert coco.loadImgs(1)[0]["file_name"] == "ä.png"
    assert coco.getAnnIds(imgIds=1) == [1, 2]
    for mask, annotation in zip(masks, coco.loadAnns([1, 2, 3]), strict=True):
        assert (coco.annToMask(annotation) == mask).all()
        assert annotation["area"] == reference.area(coco.annToRLE(annotation)) == mask.sum()
        assert annotation["bbox"] == reference.toBbox(coco.annToRLE(annotation)).tolist()
    assert coco.loadAnns(1)[0]["score"] == 0.5
    assert "score" not in coco.loadAnns(2)[0]
    assert coco.loadCats(2)[0]["name"] == "head"


def test_a_box_is_tight():
    mask = np.zeros((10, 20), bool)
    mask[2:5, 7:13] = True
    annotation = coco_annotation(mask, annotation_id=1, image_id=1)
    assert annotation["bbox"] == [7, 2, 6, 3]
    assert (rle_to_mask(annotation["segmentation"]) == mask).all()
