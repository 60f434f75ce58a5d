"""Data sets at a size: images and masks shrunken so that the longer side has at most so many pixels.

python -m benchmarks.shrunken CORPUS OUT --sets BUS-BRA MMOTU_2d CAMUS PSFHS --side 384

What a network of that input size sees stays the same but for the JPEG-like loss of WebP at quality 92; reading and
augmenting an image takes a quarter of the time. Splits, patients and classes are kept; a mask that has no pixel any more
is left out.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ultrasam.corpus.coco.document import COCO_NAME, read_document, write_document, write_facts
from ultrasam.corpus.coco.finding import find_one, read_facts
from ultrasam.corpus.coco.folder import CocoFolder
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
    by_id = {image.image_id: found for image, found in zip(folder.images, done, strict=True)}
    masks = {number: rle for _, _, rles in done for number, rle in rles.items()}
    document["images"] = [
        {**entry, "file_name": by_id[entry["id"]][0], "height": by_id[entry["id"]][1][0], "width": by_id[entry["id"]][1][1]}
        for entry in document["images"]
        if entry["id"] in by_id
    ]
    document["annotations"] = [{**entry, **masks[entry["id"]]} for entry in document["annotations"] if entry["id"] in masks]
    write_document(target / COCO_NAME, document)
    write_facts(target, read_facts(file))
    return len(document["images"]), len(document["annotations"])


def _one(image, target: Path, side: int):
    """The new file's name, its size and the annotations of its masks."""
    pixels = read(image.path).frame(0).pixels
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    name = f"{Path(image.file_name).stem}.webp"
    picture = Image.fromarray(pixels).resize(size[::-1], Image.Resampling.LANCZOS, reducing_gap=3)
    picture.save(target / "images" / name, quality=QUALITY, method=4)
    annotations = {}
    for instance in image.instances:
        cover = Image.fromarray(instance.mask().astype(np.uint8) * 255).resize(size[::-1], Image.Resampling.BILINEAR)
        mask = np.asarray(cover) > 127
        box = tight_box(mask)
        if box is not None:
            annotations[instance.annotation_id] = {
                "segmentation": mask_to_rle(mask),
                "area": int(mask.sum()),
                "bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]],
            }
    return name, size, annotations


if __name__ == "__main__":
    main()
