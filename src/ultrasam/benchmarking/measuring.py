"""One way to run a network, measured in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ultrasam.benchmarking.agreement import Answers
from ultrasam.benchmarking.job import Job, Measured
from ultrasam.benchmarking.memory import gpu_peak_bytes, peak_bytes
from ultrasam.types import BoxXYXY, Prompts

if TYPE_CHECKING:
    import torch

    from ultrasam.inference.segmenter import Segmenter


def measure(job: Job) -> Measured:
    """Load, answer once, then take the times of ``job.runs`` repetitions.

    Each repetition takes the next image. What the device still computes when a call returns is waited for.
    """
    import torch

    # Otherwise it would count as loading.
    import ultrasam.inference  # noqa: F401

    images = [np.load(path, allow_pickle=False) for path in job.images]
    start = time.perf_counter()
    model = _load(job)
    load_s = time.perf_counter() - start
    wait = _waiting_for(model.device)
    session = model.embed(images[0])
    session.segment(box_xyxy=job.boxes[0][0])
    wait()
    measured = Measured(_facts(job.weights, model), torch.get_num_threads(), load_s, time.perf_counter() - start)
    if job.answers:
        _answer(model, images, job.boxes).write(Path(job.answers))
    if job.runs:
        measured = _timed(job, model, images, measured, wait)
    return replace(measured, peak_bytes=peak_bytes(), gpu_peak_bytes=gpu_peak_bytes(model.device))


def _load(job: Job) -> Segmenter:
    import ultrasam

    combination = job.combination
    return ultrasam.load(
        job.weights,
        device=job.device,
        input_size=job.input_size,
        pipeline=job.pipeline,
        backend=combination.backend,
        precision=combination.precision,
        compiled=combination.compiled,
    )


def _timed(
    job: Job, model: Segmenter, images: list[np.ndarray], measured: Measured, wait: Callable[[], None]
) -> Measured:
    embed_s, whole_s = [], []
    for run in range(job.runs):
        number = run % len(images)
        start = time.perf_counter()
        session = model.embed(images[number])
        wait()
        embed_s.append(time.perf_counter() - start)
        session.segment(box_xyxy=job.boxes[number][0])
        whole_s.append(time.perf_counter() - start)
    prompts_s = []
    for count in job.prompt_counts:
        boxes = job.boxes[number]
        prompts = [Prompts(box_xyxy=boxes[i % len(boxes)]) for i in range(count)]
        # The first is a warm-up: a graph may prepare itself for a number of prompts when it first comes.
        taken = [_seconds(partial(session.segment_batch, prompts)) for _ in range(job.runs + 1)]
        prompts_s.append((count, tuple(taken[1:])))
    return replace(measured, embed_s=tuple(embed_s), whole_s=tuple(whole_s), prompts_s=tuple(prompts_s))


def _answer(model: Segmenter, images: list[np.ndarray], boxes: tuple[tuple[BoxXYXY, ...], ...]) -> Answers:
    embeddings, masks = [], []
    for pixels, of_image in zip(images, boxes, strict=True):
        session = model.embed(pixels)
        embeddings.append(session.embedding[0].float().cpu().numpy())
        found = session.segment_batch([Prompts(box_xyxy=box) for box in of_image])
        masks.append(np.stack([segmentation.mask for segmentation in found]))
    return Answers(np.stack(embeddings), tuple(masks))


def _facts(weights: str, model: Segmenter) -> dict[str, str]:
    """Which weights; of a file its name only, not where it lies."""
    told = model.checkpoint.metadata
    return {
        "name": Path(weights).name,
        "title": model.title,
        "sha256": model.checkpoint.sha256,
        "licence": told.get("licence", "unknown"),
        "input_size": str(model.input_size),
        "device": model.device.type,
    }


def _waiting_for(device: torch.device) -> Callable[[], None]:
    """Wait until a device has done all that it was told."""
    import torch

    if device.type == "cuda":
        return lambda: torch.cuda.synchronize(device)
    return torch.mps.synchronize if device.type == "mps" else lambda: None


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
