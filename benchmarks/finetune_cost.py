"""What fine-tuning costs: memory and time of each way to train, task by task.

python -m benchmarks.finetune_cost CORPUS [--weights ultrasam-tiny] [--input-size 512] [--images 4] [--threads 2]

Every row is a run of its own process: a few steps on real images, on the CPU or the first GPU. Memory is the process'
peak (on a GPU: what PyTorch took there), libraries included; time is the median of the steps after the first, reading,
augmentation and optimiser included. Features are what a frozen encoder computes once for each image.
"""

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.downstream import TASKS

WAYS = ("all", "partial", "lora", "adapters", "head")
#: Images of each part, so that each class has some.
FEWEST = 8
KINDS = {"classification": "bus-bra-classes", "semantic": "psfhs-maps", "instance": "bus-bra-objects"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--weights", default="ultrasam-tiny")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=WAYS)
    parser.add_argument("--input-size", type=int, default=512)
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--set", nargs="*", default=[], dest="values")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    context = multiprocessing.get_context("spawn")
    print("| task | --train | trained parameters | memory | s/image | features, s/image, once |")
    print("|---|---|---|---|---|---|")
    about = ""
    for kind in arguments.kinds:
        for way in arguments.ways:
            with context.Pool(1) as pool:
                cost = pool.apply(measure, (arguments, kind, way))
            about = cost["about"]
            features = f"{cost['features']:.2f}" if cost["features"] else "–"
            print(
                f"| {kind} | {way} | {cost['trained']:,} | {cost['gigabytes']:.1f} GB | {cost['seconds']:.2f} | "
                f"{features} |",
                flush=True,
            )
    print(f"\n{arguments.weights}, input {arguments.input_size}, {arguments.images} images a batch, {about}")


def measure(arguments: argparse.Namespace, kind: str, way: str) -> dict[str, Any]:
    """One way, in a process of its own."""
    import torch

    from ultrasam.downstream import finetune, read_finetune_recipe
    from ultrasam.downstream.data import read_examples

    torch.set_num_threads(arguments.threads)
    on_gpu = torch.cuda.is_available()
    recipe = read_finetune_recipe(
        overrides=[
            f"task={kind}",
            f"data.path={json.dumps(str(arguments.corpus / TASKS[KINDS[kind]].data))}",
            f"data.images={arguments.images}",
            f"data.reading.limit={max(FEWEST, arguments.images)}",
            f"data.val_images={arguments.images}",
            "data.reading.check=false",
            f"model.weights={json.dumps(arguments.weights)}",
            f"model.input_size={arguments.input_size}",
            f"trainable.what={way}",
            f"run.steps={arguments.steps}",
            f"run.validate_every={arguments.steps}",
            *(["run.precision=bf16-mixed"] if on_gpu else []),
            *arguments.values,
        ]
    )
    examples = read_examples(recipe.data.path, recipe.task, options=recipe.data.reading)
    ends: dict[int, float] = {}
    encoded: list[float] = []
    folder = Path(tempfile.mkdtemp())
    # Features that an earlier run left would cost nothing.
    os.environ["ULTRASAM_CACHE"] = str(cache_with_weights(folder / "cache"))
    try:
        finetune(
            recipe,
            folder / "run",
            examples=examples,
            on_progress=lambda progress: ends.setdefault(progress.step, time.perf_counter()),
            on_embedding=lambda *_: encoded.append(time.perf_counter()),
        )
        last = torch.load(folder / "run" / "last.ckpt", map_location="cpu", weights_only=True)
    finally:
        shutil.rmtree(folder)
    # The first step sets up, the last one waits for the validation.
    steps = [after - before for before, after in pairwise([ends[step] for step in sorted(ends)][:-1])]
    waits = [after - before for before, after in pairwise(encoded)]
    name = torch.cuda.get_device_name() if on_gpu else f"CPU, {arguments.threads} threads"
    peak = torch.cuda.max_memory_reserved() if on_gpu else 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "trained": sum(t.numel() for t in last["state_dict"].values() if t.is_floating_point()),
        "gigabytes": peak / 1e9,
        "seconds": statistics.median(steps) / arguments.images,
        "features": statistics.median(waits) if waits else 0.0,
        "about": f"{name}, {recipe.run.precision}, torch {torch.__version__}",
    }


def cache_with_weights(folder: Path) -> Path:
    """A new cache with the weights of the usual one."""
    from ultrasam.cache import cache_dir

    usual = cache_dir("weights")
    folder.mkdir(parents=True)
    if usual.is_dir():
        (folder / "weights").symlink_to(usual, target_is_directory=True)
    return folder


if __name__ == "__main__":
    main()
