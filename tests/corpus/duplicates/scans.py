"""Pictures with the texture of an ultrasound scan, and COCO folders of them."""

import json

import numpy as np
from PIL import Image


def scan(seed, size_hw=(120, 160)):
    """Grey tissue of its own for each seed: coarse structures with speckle."""
    rng = np.random.default_rng(seed)
    height, width = size_hw
    layers = [(7, 1.0), (16, 0.7), (40, 0.4)]
    tissue = sum(share * _smooth(rng.random((side, side)), size_hw) for side, share in layers)
    tissue = (tissue - tissue.min()) / np.ptp(tissue)
    return np.clip(20 + 200 * tissue + rng.normal(0, 6, (height, width)), 0, 255).astype(np.uint8)


def _smooth(noise, size_hw):
    picture = Image.fromarray(noise.astype(np.float32))
    return np.asarray(picture.resize(size_hw[::-1], Image.Resampling.BICUBIC))


def coco_folder(folder, pictures, *, name=None, annotations=(), categories=("lesion",), **keys):
    """A data set of pictures by file name; ``keys`` are lists with a value per picture."""
    entries = []
    for number, (file_name, pixels) in enumerate(pictures.items(), 1):
        path = folder / "images" / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(pixels, bytes):
            path.write_bytes(pixels)
        else:
            Image.fromarray(np.ascontiguousarray(pixels)).save(path, **({"quality": 60} if "jpg" in file_name else {}))
        own = {key: values[number - 1] for key, values in keys.items() if values[number - 1] is not None}
        entries.append({"id": number, "file_name": f"images/{file_name}", "height": 1, "width": 1, **own})
    document = {
        "images": entries,
        "annotations": [
            {"id": number, "image_id": image_id, "category_id": category_id}
            for number, (image_id, category_id) in enumerate(annotations, 1)
        ],
        "categories": [{"id": number, "name": text} for number, text in enumerate(categories, 1)],
    }
    (folder / "coco.json").write_text(json.dumps(document))
    (folder / "dataset.json").write_text(json.dumps({"name": name or folder.name}))
    return folder
