"""A synthetic corpus of US-43d's size: encoding, writing, indexing, statistics and a split, in seconds and memory.

python -m benchmarks.corpus_scale [--images 280000] [--instances 1000000] [--side 128]

Masks are 2,000 ellipses of random place and size on images of SIDE x SIDE pixels, encoded anew for each object that has
one. The steps after it are those of the commands: the COCO file is written, read and checked, its objects are counted
(``data stats``), and its patients are split (``data split``). The image files are there, but empty: none of it reads
pixels.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pycocotools import mask as pycocotools

from ultrasam.corpus import CocoFolder
from ultrasam.corpus.coco.document import read_document, write_document
from ultrasam.corpus.processes import in_order
from ultrasam.corpus.splitting import split
from ultrasam.corpus.statistics import count
from ultrasam.imaging import mask_to_rle
from ultrasam.imaging.tight_box import tight_box
from ultrasam.types import Mask

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
    """Annotations; each mask is encoded anew, in one process and in two, as conversions do it."""
    masks = drawn(arguments.side)
    portions = [range(begin, min(begin + 5000, arguments.instances)) for begin in range(0, arguments.instances, 5000)]
    encode = partial(encode_all, arguments.side)
    for workers in (1, 2):
        begin = time.perf_counter()
        found = [entry for part in in_order(encode, portions, workers) for entry in part]
        tell(
            f"run lengths, area and box of every mask, {workers} process{'es' * (workers > 1)}",
            time.perf_counter() - begin,
        )
    begin = time.perf_counter()
    for mask in masks:
        reference = pycocotools.encode(np.asfortranarray(mask, np.uint8))
        area, box = pycocotools.area(reference), pycocotools.toBbox(reference)
        if (reference["counts"].decode(), int(area)) != encode_one(mask)[::2] or not len(box):
            raise SystemExit("pycocotools encodes this mask otherwise")
    share = arguments.instances / len(masks)
    tell("the same with pycocotools, processes: 1 (from 1 in 500)", share * (time.perf_counter() - begin))
    return [
        {
            "id": number + 1,
            "image_id": 1 + number * arguments.images // arguments.instances,
            "category_id": 1 + number % CLASSES,
            "iscrowd": 0,
            "area": area,
            "bbox": box,
            "segmentation": {"size": [arguments.side, arguments.side], "counts": counts},
        }
        for number, (counts, box, area) in enumerate(found)
    ]


@cache
def drawn(side: int) -> list[Mask]:
    """Ellipses of random place and size."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side]
    ellipses = [(rng.uniform(0, side, 2), rng.uniform(2, side / 3, 2)) for _ in range(2000)]
    return [((y - b) / height) ** 2 + ((x - a) / width) ** 2 <= 1 for (a, b), (width, height) in ellipses]


def encode_all(side: int, numbers: range) -> list[tuple[str, list[int], int]]:
    """Run lengths, box and area of objects, which have the masks in turn."""
    masks = drawn(side)
    return [encode_one(masks[number % len(masks)]) for number in numbers]


def encode_one(mask: Mask) -> tuple[str, list[int], int]:
    """Run lengths, box ``(x, y, width, height)`` and area, as a conversion has them."""
    x0, y0, x1, y1 = tight_box(mask) or (0, 0, 0, 0)
    return str(mask_to_rle(mask)["counts"]), [x0, y0, x1 - x0, y1 - y0], int(mask.sum())


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
