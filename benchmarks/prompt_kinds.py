"""Which prompt works how well: mean Dice of a model on validation images, for each kind of prompt.

python benchmarks/prompt_kinds.py CORPUS [--images 10] [--model mobile-sam]

CORPUS holds a folder per data set, each with coco.json (images with a split, RLE masks) and images/. A quick look that
chose defaults, not an evaluation: few images, at most two structures of each.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np

import ultrasam
from ultrasam.evaluation.metrics.overlap import dice
from ultrasam.imaging import rle_to_mask
from ultrasam.imaging.tight_box import tight_box
from ultrasam.inference import Session
from ultrasam.prompting import interior_point
from ultrasam.types import Mask
from ultrasam.weights import DEFAULT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--images", type=int, default=10, help="validation images per data set")
    parser.add_argument("--model", default=DEFAULT, help="name or file of weights; left out, the bundled model")
    arguments = parser.parse_args()
    model = ultrasam.load(arguments.model, cache=True)
    header = None
    for folder in sorted(path.parent for path in arguments.corpus.glob("*/coco.json")):
        coco = json.loads((folder / "coco.json").read_text())
        images = [image for image in coco["images"] if image["split"] == "val"]
        random.Random(0).shuffle(images)
        rows = []
        for image in images[: arguments.images]:
            session = model.embed(ultrasam.read(folder / "images" / Path(image["file_name"]).name).frame(0))
            structures = [a["segmentation"] for a in coco["annotations"] if a["image_id"] == image["id"]]
            rows += [dice_by_prompt(session, rle_to_mask(rle)) for rle in structures[:2]]
        if not rows:
            continue
        if header is None:
            header = list(rows[0])
            print("| data set | structures | " + " | ".join(header) + " |\n" + "|---" * (len(header) + 2) + "|")
        means = [np.mean([row[kind] for row in rows]) for kind in header]
        print(f"| {folder.name} | {len(rows)} | " + " | ".join(f"{mean:.2f}" for mean in means) + " |", flush=True)


def dice_by_prompt(session: Session, truth: Mask) -> dict[str, float]:
    """Dice of each kind of prompt, made from the true mask."""
    point = ultrasam.Prompts(points_xy=[interior_point(truth)])
    box = ultrasam.Prompts(box_xyxy=tight_box(truth))
    found = {
        "point": session.segment_batch([point])[0].mask,
        "point, best rated of three": session.segment_batch([point], multimask=True)[0].mask,
        "point, truly best of three": max((c.mask for c in session.candidates(point)), key=lambda m: dice(m, truth)),
        "box": session.segment_batch([box])[0].mask,
        "box, best rated of three": session.segment_batch([box], multimask=True)[0].mask,
        "the mask itself": session.segment(mask=truth).mask,
    }
    return {kind: dice(mask, truth) for kind, mask in found.items()}


if __name__ == "__main__":
    main()
