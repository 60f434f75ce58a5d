"""Many files: read, encode, segment, one after the other; a bad file does not stop the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ultrasam.errors import InputError, PromptError, UltraSamError
from ultrasam.imaging import Frame, UltrasoundImage, read
from ultrasam.inference.prompt_file import FramePrompt
from ultrasam.inference.segmentation import Segmentation
from ultrasam.inference.segmenter import Segmenter
from ultrasam.types import Prompts, SpacingXY


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
        segmentations: one per object, in the order of the prompts.
    """

    path: Path
    image: UltrasoundImage
    frame: Frame
    segmentations: tuple[Segmentation, ...]


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
            image = read(task.path, spacing_mm=spacing_mm)
            plan = prompts_by_frame(task.prompts, image, frames)
            if on_plan is not None:
                on_plan(len(plan))
            for index, prompts in plan.items():
                frame = image.frame(index)
                # Checked before the encoder runs: a typing error should not cost ten seconds.
                checked = [prompt.check_inside(frame.size_hw) for prompt in prompts]
                found = segmenter.embed(frame).segment_batch(checked)
                yield FrameResult(task.path, image, frame, tuple(found))
        except (UltraSamError, OSError, MemoryError) as error:
            yield FileFailure(task.path, str(error) or type(error).__name__)


def prompts_by_frame(
    prompts: Sequence[FramePrompt], image: UltrasoundImage, frames: str | None
) -> dict[int, list[Prompts]]:
    """Which prompts go to which frame, frames in ascending order.

    Raises:
        InputError: ``frames`` is no number, ``"all"`` or slice, or there is no such frame.
        PromptError: there is no prompt at all.
    """
    if not prompts:
        raise PromptError("Expected at least one prompt for this file, but got none.")
    plan: dict[int, list[Prompts]] = {}
    for prompt in prompts:
        own = None if prompt.frame is None else str(prompt.frame)
        for index in select_frames(own or frames, len(image)):
            plan.setdefault(index, []).append(prompt.prompts)
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
