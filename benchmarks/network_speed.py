"""Encoder and decoder beside segment-anything's, in one run: medians, ratios, peak memory.

python -m benchmarks.network_speed [--runs 3] [--vit b] [--prompts 1 64]

Random weights; float32; the two take turns, so that a machine that slows down slows both. Peak
memory is that of a process of its own per network.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from tests.references import segment_anything
from ultrasam.modeling.config import VIT_B, VIT_H, VIT_L, SamConfig
from ultrasam.modeling.prompts import ObjectPrompt, PromptTokens
from ultrasam.modeling.sam import Sam

RIVALS = ("ours", "theirs")
VITS = {"b": VIT_B, "l": VIT_L, "h": VIT_H}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--vit", choices=VITS, default="b")
    parser.add_argument("--prompts", type=int, nargs="*", default=[1, 64])
    parser.add_argument("--peak-of", choices=RIVALS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak_of:
        encoder(arguments.peak_of, arguments.vit)()
        (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        print(int(line.split()[1]) / 2**20)
        return
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {arguments.runs} runs, medians\n")
    print("| | UltraSam | segment-anything | ratio |\n|---|---|---|---|")
    with torch.inference_mode():
        row(
            f"ViT-{arguments.vit.upper()} encoder, 1024", {n: encoder(n, arguments.vit) for n in RIVALS}, arguments.runs
        )
        for count in arguments.prompts:
            row(f"decoder, {count} boxes", decoders(count), max(arguments.runs, 5))
    ours, theirs = (peak(name, arguments.vit) for name in RIVALS)
    print(f"| encoder, peak memory | {ours:.1f} GiB | {theirs:.1f} GiB | {theirs / ours:.2f} |")


def encoder(name: str, vit: str) -> Callable[[], object]:
    """Random weights: they do not change the work."""
    image = torch.randn(1, 3, 1024, 1024)
    if name == "ours":
        encode = Sam(SamConfig(encoder=VITS[vit])).eval().encode_image
    else:
        encode = segment_anything().sam_model_registry[f"vit_{vit}"]().eval().image_encoder
    return torch.inference_mode()(lambda: encode(image))


def decoders(count: int) -> dict[str, Callable[[], object]]:
    reference = segment_anything().sam_model_registry["vit_b"]().eval()
    network = Sam(SamConfig(encoder=VIT_B)).eval()
    network.load_state_dict(reference.state_dict())
    embedding = torch.randn(1, 256, 64, 64)
    corners = (1024 * torch.rand(count, 2, 2)).sort(dim=1).values
    tokens = PromptTokens.pad([ObjectPrompt(corner, torch.tensor([2, 3])) for corner in corners])

    def theirs() -> object:
        sparse, dense = reference.prompt_encoder(points=None, boxes=corners.reshape(-1, 4), masks=None)
        positions = reference.prompt_encoder.get_dense_pe()
        return reference.mask_decoder(embedding, positions, sparse, dense, multimask_output=True)

    return {"ours": lambda: network.decode(embedding, tokens), "theirs": theirs}


def row(name: str, rivals: dict[str, Callable[[], object]], runs: int) -> None:
    seconds: dict[str, list[float]] = {rival: [] for rival in rivals}
    for turn in range(runs + 1):
        for rival, call in rivals.items():
            start = time.perf_counter()
            call()
            if turn:  # the first is a warm-up
                seconds[rival].append(time.perf_counter() - start)
    ours, theirs = (statistics.median(seconds[rival]) for rival in RIVALS)
    print(f"| {name} | {ours:.3f} s | {theirs:.3f} s | {theirs / ours:.2f} |", flush=True)


def peak(name: str, vit: str) -> float:
    """GiB that a process with one network needs at most to encode one image, as Linux counts them."""
    command = [sys.executable, "-m", "benchmarks.network_speed", "--peak-of", name, "--vit", vit]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


if __name__ == "__main__":
    main()
