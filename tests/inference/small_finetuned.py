"""Small fine-tuned models of every kind, random but written to a file and loaded as a user's would be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from tests.modeling.networks import SMALL_TINY_VIT
from ultrasam.modeling.config import SamConfig
from ultrasam.modeling.finetuned import with_head
from ultrasam.modeling.heads.config import HeadConfig, Task
from ultrasam.modeling.sam import Sam
from ultrasam.weights import Checkpoint, write_checkpoint

#: Side of the networks' input in pixels.
SIZE = 128
CLASSES = ("lesion", "vessel")

TASKS = {
    "semantic": Task("semantic", CLASSES, HeadConfig("semantic", 2, width=16)),
    "instance": Task(
        "instance",
        CLASSES,
        HeadConfig("instance", 2, width=32, queries=5, decoder_layers=1, encoder_layers=1),
    ),
    "pooled": Task("classification", CLASSES, HeadConfig("pooled", 2, pooling="attention")),
    "several": Task("classification", CLASSES, HeadConfig("pooled", 2), several=True),
    "prompted": Task("classification", CLASSES, HeadConfig("prompted", 2)),
    "regression": Task("regression", ("ef", "age"), HeadConfig("pooled", 2), means=(50.0, 40.0), scales=(10.0, 7.0)),
}


def small_sam(seed: int = 0) -> Sam:
    torch.manual_seed(seed)
    return Sam(SamConfig(encoder=SMALL_TINY_VIT)).eval()


def promptable(seed: int) -> tuple[Sam, Checkpoint]:
    """The network of all tasks' weights of a seed, as it was before, and what stands for its file."""
    network = small_sam(seed)
    facts = ("sam", "made for tests", {"licence": "none"}, f"{seed:064x}", SIZE)
    return network, Checkpoint(dict(network.state_dict()), network.config, *facts)


def write_promptable(path: Path, seed: int = 0) -> Path:
    """Weights that answer prompts only."""
    return _write(path, small_sam(seed), None)


def write_finetuned(path: Path, kind: str, *, seed: int = 0, **changes) -> Path:
    """Weights of a task of :data:`TASKS`; ``changes`` are of the task."""
    task = replace(TASKS[kind], **changes)
    return _write(path, with_head(small_sam(seed), task.head), task)


def _write(path: Path, network: Sam, task: Task | None) -> Path:
    checkpoint = Checkpoint(
        state_dict=dict(network.state_dict()),
        config=network.config,
        pipeline="sam",
        format="made for tests",
        metadata={"title": f"a small network for {task.kind if task else 'prompts'}", "licence": "none"},
        sha256="0" * 64,
        input_size=SIZE,
        task=task,
    )
    write_checkpoint(path, checkpoint)
    return path
