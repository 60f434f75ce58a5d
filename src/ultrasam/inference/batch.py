"""Many files: read, encode, segment, one after the other; a bad file does not stop the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ultrasam.errors import InputError, PromptError, UltraSamError
from ultrasam.imaging import Frame, UltrasoundImage, read
from ultrasam.inference.prompt_file import FramePrompt
from ultrasam.inference.segmentation import Segmentation
from ultrasam.inference.segmenter import Segmenter
from ultrasam.types import SpacingXY


@dataclass(frozen=True)
class FileTask:
    """What is wanted of one file."""

    path: Path
    prompts: tuple[FramePrompt, ...]


@dataclass(frozen=True, eq=False)
class FrameResult:
    """One segmented frame.

    Attributes:
        path: its file.
        image: the file's image, for what it tells about size and calibration.
        frame: the frame.
        objects: which of the task's prompts, from 1, each segmentation answers; the same in all frames of a file.
        segmentations: one per object of this frame.
        object_count: how many objects are wanted of the whole file.
    """

    path: Path
    image: UltrasoundImage
    frame: Frame
    objects: tuple[int, ...]
    segmentations: tuple[Segmentation, ...]
    object_count: int


@dataclass(frozen=True)
class FileFailure:
    """A file that could not be done, and the sentence that says why."""

    path: Path
    reason: str


def segment_files(
    segmenter: Segmenter,
    tasks: Sequence[FileTask],
    *,
    frames: str | None = None,
    spacing_mm: SpacingXY | None = None,
    on_plan: Callable[[int], None] | None = None,
) -> Iterator[FrameResult | FileFailure]:
    """Segment files lazily, one frame at a time; memory does not grow with their number.

    Args:
        segmenter: the model.
        tasks: files and their prompts.
        frames: ``"3"``, ``"all"`` or a slice ``"0:20:2"`` for prompts that name no frame; the first by default.
        spacing_mm: overrides what the files say about their calibration.
        on_plan: is told how many frames a file will bring, once that is known.
    """
    for task in tasks:
        try:
            with read(task.path, spacing_mm=spacing_mm) as image:
                plan = objects_by_frame(task.prompts, len(image), frames)
                if on_plan is not None:
                    on_plan(len(plan))
                for index, objects in plan.items():
                    frame = image.frame(index)
                    # Checked before the encoder runs: a typing error should not cost ten seconds.
                    prompts = [task.prompts[number - 1].prompts.check_inside(frame.size_hw) for number in objects]
                    found = segmenter.embed(frame).segment_batch(prompts)
                    yield FrameResult(task.path, image, frame, tuple(objects), tuple(found), len(task.prompts))
        except (UltraSamError, OSError) as error:
            yield FileFailure(task.path, str(error))
        except (MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            yield FileFailure(task.path, "The memory does not suffice: try a smaller input size, or fewer prompts.")


def _is_out_of_memory(error: Exception) -> bool:
    """Torch says so with errors of its own on GPUs, and with a plain RuntimeError on CPUs."""
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or "allocate memory" in str(error)


def objects_by_frame(prompts: Sequence[FramePrompt], frame_count: int, frames: str | None) -> dict[int, list[int]]:
    """Which objects (numbers of prompts, from 1) are wanted in which frame, frames in ascending order.

    Raises:
        InputError: ``frames`` is no number, ``"all"`` or slice, or there is no such frame.
        PromptError: there is no prompt at all.
    """
    if not prompts:
        raise PromptError("Expected at least one prompt for this file, but got none.")
    plan: dict[int, list[int]] = {}
    for number, prompt in enumerate(prompts, 1):
        own = None if prompt.frame is None else str(prompt.frame)
        for index in select_frames(own or frames, frame_count):
            plan.setdefault(index, []).append(number)
    return dict(sorted(plan.items()))


def select_frames(spec: str | None, count: int) -> range:
    """Frame numbers that ``"3"``, ``"-1"``, ``"all"``, ``"0:20:2"`` or None (the first) mean.

    Raises:
        InputError: anything else, or no such frame among ``count``.
    """
    if spec is None or spec == "all":
        return range(count if spec else 1)
    if re.fullmatch(r"-?\d+", spec) and -count <= int(spec) < count:
        return range(int(spec) % count, int(spec) % count + 1)
    if re.fullmatch(r"(-?\d+)?:(-?\d+)?(:[1-9]\d*)?", spec):
        chosen = range(count)[slice(*(int(part) if part else None for part in spec.split(":")))]
        if len(chosen):
            return chosen
    raise InputError(f'Expected a frame from 0 to {count - 1}, "all" or a range such as 0:20:2, but got {spec!r}.')
