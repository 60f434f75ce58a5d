"""Data sets at a size: images and masks shrunken so that the longer side has at most so many pixels.

python -m benchmarks.shrunken CORPUS OUT --sets BUS-BRA MMOTU_2d CAMUS PSFHS --side 384

What a network of that input size sees stays the same but for the loss of WebP at quality 92, and an image is read and
augmented sooner. Splits, patients and classes are kept; a mask that has no pixel any more is left out.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ultrasam.corpus import CocoFolder, CocoImage
from ultrasam.corpus.coco.document import COCO_NAME, read_document, write_document, write_facts
from ultrasam.corpus.coco.file import Id
from ultrasam.corpus.coco.finding import find_one, read_facts
from ultrasam.imaging import mask_to_rle, read
from ultrasam.imaging.tight_box import tight_box

QUALITY = 92


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--side", type=int, default=384)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    for name in arguments.sets:
        images, objects = shrink(arguments.corpus / name, arguments.out / name, arguments.side, arguments.processes)
        print(f"{name}: {images} images, {objects} objects")


def shrink(source: Path, target: Path, side: int, processes: int) -> tuple[int, int]:
    """Write the shrunken copy; returns its numbers of images and objects."""
    file = find_one(source)
    document, folder = read_document(file), CocoFolder.read(source)
    (target / "images").mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(processes) as pool:
        done = list(pool.map(partial(_one, target=target, side=side), folder.images, chunksize=16))
    # By ids; what the reader could not use is in neither.
    pictures = {image.image_id: picture for image, (picture, _) in zip(folder.images, done, strict=True)}
    masks = {number: mask for _, found in done for number, mask in found.items()}
    for key, changed in (("images", pictures), ("annotations", masks)):
        document[key] = [{**entry, **changed[entry["id"]]} for entry in document[key] if entry["id"] in changed]
    write_document(target / COCO_NAME, document)
    write_facts(target, read_facts(file))
    return len(document["images"]), len(document["annotations"])


def _one(image: CocoImage, target: Path, side: int) -> tuple[dict[str, Any], dict[Id, dict[str, Any]]]:
    """What is new about an image, whose file is written, and about each of its annotations."""
    pixels = read(image.path).frame(0).pixels
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    name = f"{Path(image.file_name).stem}.webp"
    picture = Image.fromarray(pixels).resize(size_wh, Image.Resampling.LANCZOS)
    picture.save(target / "images" / name, quality=QUALITY, method=4)
    annotations = {}
    for instance in image.instances:
        cover = Image.fromarray(instance.mask().astype(np.uint8) * 255).resize(size_wh, Image.Resampling.BILINEAR)
        mask = np.asarray(cover) > 127
        box = tight_box(mask)
        if box is not None:
            annotations[instance.annotation_id] = {
                "segmentation": mask_to_rle(mask),
                "area": int(mask.sum()),
                "bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]],
            }
    return {"file_name": name, "width": size_wh[0], "height": size_wh[1]}, annotations


if __name__ == "__main__":
    main()
