"""A small corpus, a small network and recipes for runs of a second or two."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tests.evaluation.made_data import edit, make_folder
from tests.modeling.networks import SMALL_TINY_VIT
from ultrasam.modeling.config import SamConfig
from ultrasam.modeling.sam import Sam
from ultrasam.training import Recipe, read_recipe
from ultrasam.weights import Checkpoint, write_checkpoint

SIZE = 64
#: Narrow, so that optimiser and checkpoints cost little, too.
CONFIG = SamConfig(encoder=replace(SMALL_TINY_VIT, out_chans=32), embed_dim=32)


def small_network(seed: int = 0) -> Sam:
    torch.manual_seed(seed)
    return Sam(CONFIG).eval()


@dataclass(frozen=True)
class Place:
    """Where data and first weights of a test's runs lie."""

    data: Path
    weights: Path

    def recipe(self, *overrides: str) -> Recipe:
        return read_recipe(overrides=[*self.options, *overrides])

    @property
    def options(self) -> list[str]:
        return [
            f"data.folders=[{self.data}]",
            f"model.weights={self.weights}",
            "data.images=2",
            "data.objects=1",
            "optimiser.warmup_steps=2",
            "run.steps=4",
            "run.validate_every=2",
            "run.log_every=1",
            "run.accelerator=cpu",
        ]


def make_place(root: Path, *, train: int = 4, val: int = 3) -> Place:
    """Images of which the first are for training, the others for validation."""
    data = make_folder(root / "data", images=train + val, split="train")

    def split(document: dict[str, Any]) -> None:
        for number, entry in enumerate(document["images"]):
            entry["patient"] = f"p{number}"
            entry["split"] = "train" if number < train else "val"

    edit(data, split)
    weights = root / "small.safetensors"
    write_small_weights(weights)
    return Place(data, weights)


def write_small_weights(path: Path, seed: int = 0) -> None:
    write_checkpoint(path, Checkpoint(small_network(seed).state_dict(), CONFIG, "sam", "made", {}, "", SIZE))


def lines(folder: Path) -> list[dict[str, Any]]:
    """The history without what hangs on the clock."""
    found = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "images_per_second"} for line in found]


def last(folder: Path) -> dict[str, Any]:
    return torch.load(folder / "last.ckpt", weights_only=True)


def same(first: Any, second: Any) -> bool:
    """Whether nested tensors and numbers are the same to the last bit."""
    if isinstance(first, Tensor):
        return torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)
