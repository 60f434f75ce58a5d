"""A small COCO folder made for tests: bright shapes on speckle, patients, two structures, three splits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ultrasam.imaging import coco_annotation
from ultrasam.types import Mask

SIZE_HW = (96, 128)


def ellipse(x: float, y: float, a: float, b: float, size_hw: tuple[int, int] = SIZE_HW) -> Mask:
    rows, columns = np.mgrid[: size_hw[0], : size_hw[1]]
    return ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 <= 1


def make_folder(root: Path, *, images: int = 5, split: str = "test", name: str = "made", **image_facts: Any) -> Path:
    """Two objects per image; images 1 and 2 are of one patient, 3 and 4 of the next, and so on."""
    (root / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    entries, annotations = [], []
    for number in range(1, images + 1):
        masks = [ellipse(35 + number, 40, 16, 22), ellipse(90, 50 + number, 20, 14)]
        pixels = rng.normal(60, 15, SIZE_HW) + 90 * (masks[0] | masks[1])
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(root / "images" / f"{number}.png")
        entries.append(
            {
                "id": number,
                "file_name": f"{number}.png",
                "height": SIZE_HW[0],
                "width": SIZE_HW[1],
                "split": split,
                "patient": f"p{(number + 1) // 2}",
                **image_facts,
            }
        )
        for category, mask in enumerate(masks, 1):
            identity = {"annotation_id": len(annotations) + 1, "image_id": number, "category_id": category}
            annotations.append(coco_annotation(mask, **identity))
    categories = [{"id": 1, "name": "cyst"}, {"id": 2, "name": "nodule"}]
    document = {"images": entries, "annotations": annotations, "categories": categories}
    (root / "coco.json").write_text(json.dumps(document))
    (root / "dataset.json").write_text(json.dumps({"name": name, "licence": "made for tests"}))
    return root


def edit(folder: Path, change) -> None:
    """Change a folder's COCO document in place."""
    document = json.loads((folder / "coco.json").read_text())
    change(document)
    (folder / "coco.json").write_text(json.dumps(document))
