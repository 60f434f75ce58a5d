"""Files of small random networks to export, and what ultrasam itself answers with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from tests.modeling.networks import own_network, reference_network
from tests.references import EXAMPLES
from ultrasam.inference import Segmentation, load
from ultrasam.modeling.adapters import adapt_blocks
from ultrasam.modeling.sam import Sam
from ultrasam.weights import Checkpoint, write_checkpoint

#: What the weights say of themselves; the long entry is one that no export may carry on.
METADATA = {
    "title": "A *small* network",
    "licence": "CC-BY-4.0 (because of made-up data)",
    "training_data": "nothing",
    "citation": "Nobody, Nothing, 2026",
    "ultrasam.training": "long and for ultrasam alone",
}
#: Of the programs in the exported folders' README.
BOX = (184, 104, 612, 444)


def vit(seed: int = 0, **options) -> Sam:
    """A ViT of segment-anything's own random weights."""
    return own_network(reference_network(seed=seed), **options)


def vit_with_adapters(seed: int = 0) -> Sam:
    """A ViT that no other code knows."""
    network = vit(seed)
    adapt_blocks(network.image_encoder, 4)
    network.config = replace(network.config, adapter_dim=4)
    with torch.no_grad():
        for key, parameter in network.named_parameters():
            if "adapter" in key:
                parameter.add_(0.05 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    return network


def write(path: Path, network: Sam, *, pipeline: str = "sam", input_size: int = 256) -> Path:
    checkpoint = Checkpoint(
        state_dict=dict(network.state_dict()),
        config=network.config,
        pipeline=pipeline,
        format="made for tests",
        metadata=METADATA,
        sha256="0" * 64,
        input_size=input_size,
    )
    write_checkpoint(path, checkpoint)
    return path


def picture() -> np.ndarray:
    """A real image ``(H, W, 3)`` uint8, wider than high."""
    return np.asarray(Image.open(EXAMPLES / "fetal_head.png").convert("RGB"))


def own_answer(weights: Path | str, **options) -> Segmentation:
    """What the weights answer here to the box."""
    return load(weights, **options).embed(picture()).segment(box_xyxy=BOX)


def program(readme: Path) -> str:
    """The Python program that a README shows."""
    return readme.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]


def run_program(folder: Path, monkeypatch) -> np.ndarray:
    """Run a folder's program in it; the mask ``(H, W)`` bool that it writes."""
    Image.fromarray(picture()).save(folder / "scan.png")
    monkeypatch.chdir(folder)
    exec(compile(program(folder / "README.md"), "README.md", "exec"), {})
    return np.asarray(Image.open(folder / "mask.png")).astype(bool)
