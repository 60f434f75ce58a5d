"""COCO folders made for a test."""

import json
from pathlib import Path

import numpy as np

from ultrasam.imaging import mask_to_rle

SIZE_HW = (6, 8)


def rle(rows=slice(1, 4), columns=slice(2, 5), size_hw=SIZE_HW):
    mask = np.zeros(size_hw, bool)
    mask[rows, columns] = True
    return mask_to_rle(mask)


def image(image_id=1, file_name=None, **more):
    name = f"{image_id}.png" if file_name is None else file_name
    return {"id": image_id, "file_name": name, "height": SIZE_HW[0], "width": SIZE_HW[1], **more}


def annotation(annotation_id=1, image_id=1, segmentation=None, category_id=1, **more):
    shape = rle() if segmentation is None else segmentation
    return {"id": annotation_id, "image_id": image_id, "category_id": category_id, "segmentation": shape, **more}


def without(entry, key):
    return {k: v for k, v in entry.items() if k != key}


def document(images=None, annotations=None, categories=None):
    return {
        "images": [image()] if images is None else images,
        "annotations": [annotation()] if annotations is None else annotations,
        "categories": [{"id": 1, "name": "lesion"}] if categories is None else categories,
    }


def write(folder: Path, content=None, *, name="coco.json", files=("images/1.png", "images/2.png"), facts=None) -> Path:
    """A folder with an annotation file and empty image files; gives the annotation file."""
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document() if content is None else content), encoding="utf-8")
    if facts is not None:
        (folder / "dataset.json").write_text(json.dumps(facts), encoding="utf-8")
    return path
