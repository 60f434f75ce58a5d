"""All scores of a mask beside MONAI's surface metrics and plain SciPy, in one run: masks per second, ratios.

python -m benchmarks.metrics_speed CORPUS [--masks 60] [--runs 3]

CORPUS holds COCO folders with compressed RLE masks. Predictions are the true masks with disturbed outlines. The three
take turns mask by mask, so that a machine that slows down slows all. MONAI and SciPy compute HD95, ASSD and
surface Dice in pixels on the whole image, the usual way; score_mask computes Dice, IoU, boundary IoU and area error
as well, and with --spacing the surface metrics in mm, too. All have one thread: on busy cores MONAI takes ten times as
long with two.
"""

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import monai
import numpy as np
import scipy
import torch
from monai.metrics import HausdorffDistanceMetric, SurfaceDiceMetric, SurfaceDistanceMetric
from scipy import ndimage

from ultrasam.evaluation.metrics.scores import score_mask
from ultrasam.imaging.rle import rle_to_mask
from ultrasam.types import Mask, SpacingXY

TOLERANCE = 2.0
#: HD95, ASSD, surface Dice.
Surface = tuple[float, float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--masks", type=int, default=60)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--spacing", type=float, nargs=2, metavar=("X", "Y"), help="mm per pixel")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", category=FutureWarning, module="monai")
    pairs = disturbed(arguments.corpus, arguments.masks)
    spacing = None if arguments.spacing is None else tuple(arguments.spacing)
    rivals = {"UltraSam score_mask": lambda p, t: ours(p, t, spacing), "MONAI": monai_metrics(), "SciPy EDT": edt}
    seconds = race(rivals, pairs, arguments.runs)
    sizes = [max(truth.shape) for _, truth in pairs]
    print(
        f"{len(pairs)} masks of {arguments.corpus}, images of {min(sizes)} to {max(sizes)} px, {arguments.runs} runs, "
        f"one thread, MONAI {monai.__version__}, SciPy {scipy.__version__}\n"
    )
    print("| | median of a mask | masks per second | UltraSam is faster |\n|---|---|---|---|")
    ours_median, ours_total = statistics.median(seconds["UltraSam score_mask"]), sum(seconds["UltraSam score_mask"])
    for name, spent in seconds.items():
        median, total = statistics.median(spent), sum(spent)
        ratio = f"{median / ours_median:.1f} x (all masks: {total / ours_total:.1f} x)"
        print(f"| {name} | {1e3 * median:.2f} ms | {len(spent) / total:.0f} | {ratio} |")


def disturbed(corpus: Path, count: int) -> list[tuple[Mask, Mask]]:
    """True masks, as many of each data set, and the same with outlines that wander by some pixels."""
    files = sorted(corpus.rglob("coco.json"))
    rng = np.random.default_rng(0)
    pairs = []
    for file in files:
        annotations = json.loads(file.read_bytes())["annotations"]
        for i in rng.choice(len(annotations), min(max(1, count // len(files)), len(annotations)), replace=False):
            truth = rle_to_mask(annotations[i]["segmentation"])
            noise = ndimage.gaussian_filter(rng.standard_normal(truth.shape), 8)
            outwards = ndimage.distance_transform_edt(~truth) - ndimage.distance_transform_edt(truth)
            pairs.append((outwards < 4 * noise / noise.std(), truth))
    return pairs


def race(
    rivals: dict[str, Callable[[Mask, Mask], Surface]], pairs: list[tuple[Mask, Mask]], runs: int
) -> dict[str, list[float]]:
    """Median seconds of each rival on each mask; stops where two of them do not agree."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for predicted, truth in pairs:
        spent: dict[str, list[float]] = {name: [] for name in rivals}
        found = {}
        for turn in range(runs + 1):
            for name, call in rivals.items():
                start = time.perf_counter()
                found[name] = call(predicted, truth)
                if turn:  # the first is a warm-up
                    spent[name].append(time.perf_counter() - start)
        if not all(np.allclose(values, found["MONAI"], rtol=1e-4, atol=1e-4) for values in found.values()):
            raise SystemExit(f"The numbers differ: {found}")
        for name, times in spent.items():
            seconds[name].append(statistics.median(times))
    return seconds


def ours(predicted: Mask, truth: Mask, spacing_mm: SpacingXY | None) -> Surface:
    scores = score_mask(predicted, truth, spacing_mm=spacing_mm)
    return scores.hd95_px, scores.assd_px, scores.nsd_px


def monai_metrics() -> Callable[[Mask, Mask], Surface]:
    metrics = (
        HausdorffDistanceMetric(include_background=True, percentile=95),
        SurfaceDistanceMetric(include_background=True, symmetric=True),
        SurfaceDiceMetric([TOLERANCE], include_background=True),
    )

    def compute(predicted: Mask, truth: Mask) -> Surface:
        tensors = [torch.from_numpy(mask)[None, None] for mask in (predicted, truth)]
        hd95, assd, nsd = (metric(*tensors).item() for metric in metrics)
        for metric in metrics:
            metric.reset()
        return hd95, assd, nsd

    return compute


def edt(predicted: Mask, truth: Mask) -> Surface:
    surfaces = [mask & ~ndimage.binary_erosion(mask) for mask in (predicted, truth)]
    there = ndimage.distance_transform_edt(~surfaces[1])[surfaces[0]]
    back = ndimage.distance_transform_edt(~surfaces[0])[surfaces[1]]
    both = np.concatenate([there, back])
    return max(np.percentile(there, 95), np.percentile(back, 95)), both.mean(), (both <= TOLERANCE).mean()


if __name__ == "__main__":
    main()
