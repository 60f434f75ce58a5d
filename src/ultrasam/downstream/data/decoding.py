"""One look into every image and mask, before hours of training meet a file that is damaged."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ultrasam.corpus import CocoImage, Skipped
from ultrasam.corpus.verifying.one_image import Task, check_image
from ultrasam.corpus.verifying.verification import Finding
from ultrasam.downstream.data.draft import Entry
from ultrasam.downstream.data.example import Example
from ultrasam.downstream.data.files import image_size
from ultrasam.errors import ImageError

#: What is found that a network can learn from all the same.
_HARMLESS = ("duplicate_annotation",)
_MOST_THREADS = 8


def with_sizes(entries: Sequence[Entry], name: str) -> tuple[list[Entry], list[Skipped]]:
    """The entries, each with the size of its image; and those whose file cannot be opened, with reasons."""
    if all(entry.size_hw is not None for entry in entries):
        return list(entries), []
    with ThreadPoolExecutor(threads()) as pool:
        sizes = list(pool.map(_size, entries))
    found = [replace(e, size_hw=size) for e, size in zip(entries, sizes, strict=True) if isinstance(size, tuple)]
    problems = [
        Skipped(name, e.name, size) for e, size in zip(entries, sizes, strict=True) if not isinstance(size, tuple)
    ]
    return found, problems


def check_files(
    examples: Sequence[Example], name: str, on_image: Callable[[int, int], None] | None = None
) -> tuple[list[Example], list[Skipped], list[Skipped]]:
    """Decode every image and mask once.

    Returns:
        The examples that are sound; those that are not, with reasons; and what is odd but harmless.
    """
    sound, problems, remarks = [], [], []
    with ThreadPoolExecutor(threads()) as pool:
        for done, (example, findings) in enumerate(zip(examples, pool.map(_check, examples), strict=True), 1):
            bad = [finding for finding in findings if finding.kind not in _HARMLESS]
            problems += [Skipped(name, example.name, finding.text) for finding in bad[:1]]
            remarks += [Skipped(name, example.name, f.text) for f in findings if f.kind in _HARMLESS]
            if not bad:
                sound.append(example)
            if on_image is not None:
                on_image(done, len(examples))
    return sound, problems, remarks


def threads() -> int:
    """How many files are decoded at once."""
    # Decoders let go of Python's lock. Processes would each import torch first, which takes longer than most sets.
    return min(_MOST_THREADS, os.cpu_count() or 1)


def _size(entry: Entry) -> tuple[int, int] | str:
    if entry.size_hw is not None:
        return entry.size_hw
    try:
        return image_size(entry.path)
    except ImageError as error:
        return str(error)


def _check(example: Example) -> list[Finding]:
    image = CocoImage(
        image_id=example.name,
        file_name=example.path.name,
        path=example.path,
        size_hw=example.size_hw,
        split=example.split,
        patient=example.patient,
        spacing_mm=None,
        instances=example.instances,
    )
    return list(check_image(Task(image, tuple((None, None) for _ in example.instances))))
