"""Encoders and decoder beside segment-anything, transformers and every backend, in one run.

python -m benchmarks.network_speed [--only vit tiny decoder] [--runs 5] [--plain-allocator]

ViT-B has random weights, which do not change the work; TinyViT is ``ultrasam-tiny``. All contenders of a table take
turns, so that a machine that slows down slows all. "limit" is the time that the floating-point operations alone would
take at the rate of large matrix products, measured here in the same number format; int8 has none. Peak memory is that
of a process of its own per contender. ``--plain-allocator``: without what the command line sets (docs/speed.md).
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from ultrasam.allocation import keep_freed_memory

if "--plain-allocator" not in sys.argv:
    keep_freed_memory()  # before torch is imported

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

import ultrasam
from tests.references import segment_anything
from ultrasam.modeling.config import VIT_B, SamConfig
from ultrasam.types import Prompts
from ultrasam.weights import Checkpoint
from ultrasam.weights.checkpoint import write_checkpoint
from ultrasam.weights.huggingface import to_huggingface

#: Backend and precision of every way that UltraSam has.
WAYS = [
    ("torch", "fp32"),
    ("torch", "bf16"),
    ("onnxruntime", "fp32"),
    ("onnxruntime", "int8"),
    ("openvino", "fp32"),
    ("openvino", "bf16"),
    ("openvino", "int8"),
]
Call = Callable[[], Tensor]


@dataclass(frozen=True)
class Contender:
    name: str
    precision: str
    prepare: Callable[[], Call]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=list(TABLES), choices=TABLES)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--prompts", type=int, nargs="*", default=[1, 64])
    parser.add_argument("--plain-allocator", action="store_true")
    parser.add_argument("--peak-of", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        os.environ.setdefault("ULTRASAM_CACHE", folder)
        if arguments.peak_of:
            table, name = arguments.peak_of
            run = next(c for c in TABLES[table]() if c.name == name).prepare()
            run(), run()
            print(peak_of_this_process())
            return
        rates = {precision: products_per_second(dtype) for precision, dtype in FORMATS.items()}
        print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, medians of {arguments.runs}; ", end="")
        print(", ".join(f"{rate / 1e9:.0f} GFLOP/s {precision}" for precision, rate in rates.items()))
        for table in arguments.only:
            if table == "decoder":
                for count in arguments.prompts:
                    show(f"decoder, {count} box prompts of one image at 1024 px", decoders(count), arguments, rates)
            else:
                show(TITLES[table], TABLES[table](), arguments, rates, table)


def vit_encoders() -> list[Contender]:
    image = made_image(1024)

    def theirs(half: bool) -> Call:
        encoder = reference().image_encoder
        return lambda: encode_half(encoder, image) if half else encoder(image)

    def huggingface() -> Call:
        from transformers import SamConfig as Config
        from transformers import SamModel

        model = SamModel._from_config(Config(), attn_implementation="sdpa").eval()
        model.load_state_dict(to_huggingface(reference().state_dict()))
        return lambda: model.vision_encoder(image).last_hidden_state

    peers = [
        Contender("segment-anything", "fp32", partial(theirs, False)),
        Contender("segment-anything, autocast", "bf16", partial(theirs, True)),
        Contender("transformers, sdpa", "fp32", huggingface),
    ]
    return peers + [own_encoder(random_vit(), image, *way) for way in WAYS if way[1] != "int8"]


def tiny_encoders(size: int) -> list[Contender]:
    return [own_encoder("ultrasam-tiny", made_image(size), *way) for way in WAYS if way[1] != "int8" or size == 512]


def own_encoder(weights: str, image: Tensor, backend: str, precision: str) -> Contender:
    def prepare() -> Call:
        network = ultrasam.load(weights, backend=backend, precision=precision, input_size=image.shape[-1]).network
        return lambda: network.encode_image(image)

    return Contender(f"UltraSam, {backend} {precision}", precision, prepare)


def decoders(count: int) -> list[Contender]:
    torch.manual_seed(0)
    embedding = torch.randn(1, 256, 64, 64)
    corners = (1024 * torch.rand(count, 2, 2)).sort(dim=1).values

    def theirs() -> Call:
        network = reference()

        def run() -> Tensor:
            sparse, dense = network.prompt_encoder(points=None, boxes=corners.reshape(-1, 4), masks=None)
            positions = network.prompt_encoder.get_dense_pe()
            return network.mask_decoder(embedding, positions, sparse, dense, multimask_output=True)[0]

        return run

    def own(backend: str, precision: str) -> Call:
        model = ultrasam.load(random_vit(), backend=backend, precision=precision, input_size=1024)
        frame = model.pipeline.frame((1024, 1024), 1024)
        prompts = [Prompts(box_xyxy=box.flatten().numpy()) for box in corners]
        given = embedding.to(model.dtype)

        def run() -> Tensor:
            found = model.pipeline.decode(model.network, given, prompts, frame, multimask=True)
            return torch.stack([choices.logits for choices in found])

        return run

    ways = [way for way in WAYS if way[1] != "int8"]
    return [
        Contender("segment-anything", "fp32", theirs),
        *(Contender(f"UltraSam, {b} {p}", p, partial(own, b, p)) for b, p in ways),
    ]


TABLES = {
    "vit": vit_encoders,
    "tiny": partial(tiny_encoders, 1024),
    "tiny512": partial(tiny_encoders, 512),
    "decoder": partial(decoders, 1),
}
TITLES = {
    "vit": "ViT-B image encoder, 1024 px",
    "tiny": "TinyViT image encoder, 1024 px",
    "tiny512": "TinyViT image encoder, 512 px",
}
FORMATS = {"fp32": torch.float32, "bf16": torch.bfloat16}


def show(
    title: str,
    contenders: list[Contender],
    arguments: argparse.Namespace,
    rates: dict[str, float],
    table: str | None = None,
) -> None:
    calls: dict[Contender, Call] = {}
    for contender in contenders:
        try:
            calls[contender] = contender.prepare()
        except ultrasam.UltraSamError as error:
            print(f"\n{contender.name}: {error}", file=sys.stderr)
    outputs = {contender: call().float() for contender, call in calls.items()}
    seconds: dict[Contender, list[float]] = {contender: [] for contender in calls}
    for _ in range(arguments.runs):
        for contender, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[contender].append(time.perf_counter() - start)
    first = next(iter(calls))
    with FlopCounterMode(display=False) as counter:
        calls[first]()
    work = counter.get_total_flops()
    expected, slowest = outputs[first], statistics.median(seconds[first])
    print(f"\n**{title}**: {work / 1e9:.1f} GFLOP\n")
    print("| | median | min to max | times as quick | limit | share of it | relative difference | peak memory |")
    print("|---|---|---|---|---|---|---|---|")
    for contender, found in seconds.items():
        median = statistics.median(found)
        limit = work / rates[contender.precision] if contender.precision in rates else None
        difference = float((outputs[contender] - expected).norm() / expected.norm())
        cells = [
            contender.name,
            shown(median),
            f"{shown(min(found))} to {shown(max(found))}",
            f"{slowest / median:.2f}",
            "" if limit is None else shown(limit),
            "" if limit is None else f"{limit / median:.0%}",
            f"{difference:.1e}",
            "" if table is None else f"{peak(table, contender.name, arguments.plain_allocator):.2f} GiB",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


@cache
def reference() -> torch.nn.Module:
    torch.manual_seed(0)
    return segment_anything().sam_model_registry["vit_b"]().eval().requires_grad_(False)


def encode_half(encoder: torch.nn.Module, image: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        return encoder(image)


@cache
def random_vit() -> str:
    """A file with segment-anything's random weights."""
    path = Path(os.environ["ULTRASAM_CACHE"], "random_vit_b.safetensors")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        checkpoint = Checkpoint(reference().state_dict(), SamConfig(encoder=VIT_B), "sam", "random", {}, "")
        write_checkpoint(path, checkpoint)
    return str(path)


def made_image(size: int) -> Tensor:
    return torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))


def products_per_second(dtype: torch.dtype) -> float:
    """Floating-point operations per second of the best of some large matrix products."""
    best = 0.0
    for rows, inner, columns in ((4096, 768, 3072), (4096, 3072, 768), (2048, 2048, 2048)):
        left, right = torch.randn(rows, inner).to(dtype), torch.randn(inner, columns).to(dtype)
        for _ in range(12):
            start = time.perf_counter()
            left @ right
            best = max(best, 2 * rows * inner * columns / (time.perf_counter() - start))
    return best


def peak(table: str, name: str, plain: bool) -> float:
    """GiB that a process with one contender needs at most, as Linux counts them."""
    command = [sys.executable, "-m", "benchmarks.network_speed", "--peak-of", table, name]
    command += ["--plain-allocator"] if plain else []
    # What has been made once (graphs, random weights) is read, not made again.
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def peak_of_this_process() -> float:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**20


if __name__ == "__main__":
    main()
