"""Small data sets in the layouts that people have, of pictures that are all different."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from ultrasam.imaging import coco_annotation

SIZE_HW = (24, 32)


def picture(path: Path, number: int = 0, size_hw: tuple[int, int] = SIZE_HW) -> Path:
    """A grey picture of noise that hangs on its path and number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([number, *path.as_posix().encode()])
    Image.fromarray(rng.integers(0, 256, size_hw, np.uint8)).save(path)
    return path


def square(value: int = 255, place: tuple[int, int] = (4, 6), side: int = 8, size_hw=SIZE_HW) -> np.ndarray:
    """A mask ``(H, W)`` uint8 with one square of a value."""
    mask = np.zeros(size_hw, np.uint8)
    mask[place[0] : place[0] + side, place[1] : place[1] + side] = value
    return mask


def save(path: Path, values: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)
    return path


def coco(folder: Path, images: list[dict], annotations: list[dict], categories: list[str], name="coco.json") -> Path:
    """A COCO folder; images are made where they are not there, ids and sizes filled in."""
    for number, entry in enumerate(images, 1):
        entry.setdefault("id", number)
        entry.setdefault("height", SIZE_HW[0])
        entry.setdefault("width", SIZE_HW[1])
        if not (folder / "images" / entry["file_name"]).exists():
            picture(folder / "images" / entry["file_name"], number)
    for number, entry in enumerate(annotations, 1):
        entry.setdefault("id", number)
    document = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": number, "name": title} for number, title in enumerate(categories, 1)],
    }
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(document))
    return folder


def annotation(image_id: int, category_id: int, mask: np.ndarray) -> dict:
    entry = coco_annotation(mask > 0, annotation_id=1, image_id=image_id, category_id=category_id)
    del entry["id"]
    return entry


def classes_folder(root: Path, counts: dict[str, int]) -> Path:
    """So many pictures in each folder."""
    for folder, count in counts.items():
        for number in range(count):
            picture(root / folder / f"{number:03}.png")
    return root


def patients_coco(folder: Path, patients: int, images_each: int = 3, **of_image) -> Path:
    """Two classes in turn, patient by patient, one square in each image."""
    images = [
        {"file_name": f"p{p:03}_{i}.png", "patient": f"p{p:03}", **of_image}
        for p in range(patients)
        for i in range(images_each)
    ]
    annotations = [
        annotation(number, 1 + (number - 1) // images_each % 2, square()) for number in range(1, len(images) + 1)
    ]
    return coco(folder, images, annotations, ["benign", "malignant"])
