"""A synthetic corpus of US-43d's size: encoding, writing, indexing, statistics and a split, in seconds and memory.

python -m benchmarks.corpus_scale [--images 280000] [--instances 1000000] [--side 128]

Masks are ellipses of random place and size on images of SIDE x SIDE pixels, each drawn and encoded anew; encoding is
timed without the drawing, beside pycocotools on every hundredth mask. The steps after it are those of the commands:
the COCO file is written, read and checked, its objects are counted (``data stats``), and its patients are split
(``data split``). The image files are there, but empty: none of it reads pixels.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pycocotools import mask as pycocotools

from ultrasam.corpus import CocoFolder
from ultrasam.corpus.coco.document import read_document, write_document
from ultrasam.corpus.splitting import split
from ultrasam.corpus.statistics import count
from ultrasam.imaging import mask_to_rle
from ultrasam.imaging.tight_box import tight_box

CLASSES = 58
FRAMES = 20
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=280_000)
    parser.add_argument("--instances", type=int, default=1_000_000)
    parser.add_argument("--side", type=int, default=128)
    arguments = parser.parse_args()
    print(
        f"{arguments.images:,} images, {arguments.instances:,} objects on {arguments.side} x {arguments.side} pixels\n"
    )
    print("| | seconds | peak memory so far |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "coco.json")
        annotations = encoded(arguments)
        document = {
            "images": list(images(arguments.images, arguments.side)),
            "annotations": annotations,
            "categories": [{"id": number, "name": f"structure {number}"} for number in range(1, CLASSES + 1)],
        }
        timed("writing coco.json", lambda: write_document(path, document))
        place = Path(folder, "images")
        place.mkdir()
        for entry in document["images"]:
            (place / entry["file_name"]).touch()
        del document, annotations
        timed("indexing: reading it with every entry checked", lambda: CocoFolder.read(path))
        timed("statistics", lambda: count(path))
        document = timed("reading it to be changed", lambda: read_document(path))
        timed("splitting by patient", lambda: split(document))


def encoded(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Annotations with masks drawn and encoded one by one."""
    rng = np.random.default_rng(0)
    side = arguments.side
    y, x = np.mgrid[:side, :side]
    ours = theirs = 0.0
    annotations = []
    for number in range(1, arguments.instances + 1):
        centre, radii = rng.uniform(0, side, 2), rng.uniform(2, side / 3, 2)
        mask = ((y - centre[0]) / radii[0]) ** 2 + ((x - centre[1]) / radii[1]) ** 2 <= 1
        begin = time.perf_counter()
        rle, area, box = mask_to_rle(mask), int(mask.sum()), tight_box(mask) or (0, 0, 0, 0)
        ours += time.perf_counter() - begin
        if number % 100 == 0:
            begin = time.perf_counter()
            reference = pycocotools.encode(np.asfortranarray(mask, np.uint8))
            pycocotools.area(reference), pycocotools.toBbox(reference)
            theirs += 100 * (time.perf_counter() - begin)
            if reference["counts"].decode() != rle["counts"]:
                raise SystemExit("pycocotools encodes this mask otherwise")
        annotations.append(
            {
                "id": number,
                "image_id": 1 + (number * arguments.images - 1) // arguments.instances,
                "category_id": 1 + number % CLASSES,
                "iscrowd": 0,
                "area": area,
                "bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]],
                "segmentation": rle,
            }
        )
    tell("run lengths, area and box of every mask", ours)
    tell("the same with pycocotools (from 1 %)", theirs)
    return annotations


def images(number: int, side: int) -> Iterator[dict[str, Any]]:
    """Entries of images, 20 of each patient."""
    for image_id in range(1, number + 1):
        patient = f"patient {image_id // FRAMES}"
        yield {"id": image_id, "file_name": f"{image_id:06}.png", "width": side, "height": side, "patient": patient}


def timed(what: str, step: Callable[[], T]) -> T:
    """Do a step and tell how long it took."""
    begin = time.perf_counter()
    result = step()
    tell(what, time.perf_counter() - begin)
    return result


def tell(what: str, seconds: float) -> None:
    """A row of the table."""
    print(f"| {what} | {seconds:.1f} | {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB |")


if __name__ == "__main__":
    main()
