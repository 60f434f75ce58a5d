"""Encoder and decoder beside segment-anything's, in one run: medians, ratios, peak memory.

python -m benchmarks.network_speed [--runs 3] [--vit b] [--prompts 1 64]

Random weights, the same in both; float32; the two take turns, so that a machine that slows down slows both. Peak
memory is that of a process of its own per network.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch

from tests.references import segment_anything
from ultrasam.modeling.config import VIT_B, VIT_H, VIT_L, SamConfig
from ultrasam.modeling.prompts import ObjectPrompt, PromptTokens
from ultrasam.modeling.sam import Sam

VITS = {"b": VIT_B, "l": VIT_L, "h": VIT_H}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--vit", choices=VITS, default="b")
    parser.add_argument("--prompts", type=int, nargs="*", default=[1, 64])
    parser.add_argument("--peak-of", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak_of:
        encode = encoders(arguments.vit)[arguments.peak_of]
        encode()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
        return
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {arguments.runs} runs, medians\n")
    print("| | UltraSam | segment-anything | ratio |\n|---|---|---|---|")
    with torch.inference_mode():
        row(f"ViT-{arguments.vit.upper()} encoder, 1024", encoders(arguments.vit), arguments.runs)
        for count in arguments.prompts:
            row(f"decoder, {count} boxes", decoders(count), max(arguments.runs, 5))
    ours, theirs = (peak(name, arguments.vit) for name in ("ours", "theirs"))
    print(f"| encoder, peak memory | {ours:.1f} GiB | {theirs:.1f} GiB | {theirs / ours:.2f} |")


def encoders(vit: str) -> dict[str, Callable[[], object]]:
    image = torch.randn(1, 3, 1024, 1024)
    reference = segment_anything().sam_model_registry[f"vit_{vit}"]().eval()
    network = Sam(SamConfig(encoder=VITS[vit])).eval()
    network.load_state_dict(reference.state_dict())

    def with_grad_off(encode: Callable[[torch.Tensor], object]) -> Callable[[], object]:
        return torch.inference_mode()(lambda: encode(image))

    return {"ours": with_grad_off(network.encode_image), "theirs": with_grad_off(reference.image_encoder)}


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
    ours, theirs = (statistics.median(seconds[rival]) for rival in ("ours", "theirs"))
    print(f"| {name} | {ours:.3f} s | {theirs:.3f} s | {theirs / ours:.2f} |", flush=True)


def peak(name: str, vit: str) -> float:
    """GiB that a process needs at most to encode one image (on Linux, where the kernel counts in KiB)."""
    command = [sys.executable, "-m", "benchmarks.network_speed", "--peak-of", name, "--vit", vit]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


if __name__ == "__main__":
    main()
