"""What a measuring process is told, and what it answers: both travel as JSON files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ultrasam.benchmarking.combinations import Combination
from ultrasam.types import BoxXYXY

if TYPE_CHECKING:
    from ultrasam.weights import Pipeline


@dataclass(frozen=True)
class Job:
    """One process' work.

    Attributes:
        combination: how the network is run.
        weights: a name of the registry or a path.
        device: as :func:`ultrasam.load` takes it.
        input_size: side of the network's input in pixels; None is what the weights were trained at.
        pipeline: overrides how pixels and prompts are prepared.
        images: ``.npy`` files of pixels, uint8.
        boxes: of each image, the boxes that are asked about: pixels ``(x0, y0, x1, y1)``.
        prompt_counts: how many prompts are asked at once.
        runs: how often each time is taken; 0: the first mask only.
        answers: an ``.npz`` file to write embeddings and masks to, for comparison; None: nowhere.
    """

    combination: Combination
    weights: str
    device: str
    input_size: int | None
    pipeline: Pipeline | None
    images: tuple[str, ...]
    boxes: tuple[tuple[BoxXYXY, ...], ...]
    prompt_counts: tuple[int, ...]
    runs: int
    answers: str | None = None

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Job:
        """What :meth:`write` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        boxes = tuple(tuple((x0, y0, x1, y1) for x0, y0, x1, y1 in of_image) for of_image in told.pop("boxes"))
        return cls(
            combination=Combination(**told.pop("combination")),
            images=tuple(told.pop("images")),
            boxes=boxes,
            prompt_counts=tuple(told.pop("prompt_counts")),
            **told,
        )


@dataclass(frozen=True)
class Measured:
    """What one process took, in seconds and bytes.

    Attributes:
        model: ``name``, ``title``, ``sha256``, ``licence`` and ``input_size`` of the weights.
        threads: of torch.
        load_s: of :func:`ultrasam.load`.
        first_mask_s: from the call of ``load`` to the first mask.
        embed_s: of each run, one image from pixels to its embedding.
        whole_s: of each run, one image and one box from pixels to the mask.
        prompts_s: by the number of prompts asked at once, of each run from the boxes to all masks.
        peak_bytes: of memory that the process had at once; None where the system does not tell.
        gpu_peak_bytes: of the GPU's memory; None without a GPU.
    """

    model: dict[str, str]
    threads: int
    load_s: float
    first_mask_s: float
    embed_s: tuple[float, ...] = ()
    whole_s: tuple[float, ...] = ()
    prompts_s: tuple[tuple[int, tuple[float, ...]], ...] = ()
    peak_bytes: int | None = None
    gpu_peak_bytes: int | None = None

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Measured:
        """What :meth:`write` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        prompts = tuple((count, tuple(seconds)) for count, seconds in told.pop("prompts_s"))
        embed_s, whole_s = tuple(told.pop("embed_s")), tuple(told.pop("whole_s"))
        return cls(embed_s=embed_s, whole_s=whole_s, prompts_s=prompts, **told)
