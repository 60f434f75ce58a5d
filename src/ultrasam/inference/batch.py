"""Many files: read, encode, answer, one after the other; a bad file does not stop the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch

from ultrasam.errors import InputError, PromptError, UltraSamError
from ultrasam.imaging import Frame, UltrasoundImage, read
from ultrasam.inference.automatic import AutomaticSegmenter
from ultrasam.inference.classification import Classification
from ultrasam.inference.classifier import Classifier
from ultrasam.inference.prompt_file import FramePrompt
from ultrasam.inference.segmentation import Segmentation
from ultrasam.inference.segmenter import Segmenter
from ultrasam.types import Prompts, SpacingXY


@dataclass(frozen=True)
class FileTask:
    """What is wanted of one file.

    Attributes:
        path: the file.
        prompts: one per object; none where a fine-tuned model is to answer by itself.
    """

    path: Path
    prompts: tuple[FramePrompt, ...] = ()


@dataclass(frozen=True, eq=False)
class FrameResult:
    """One segmented frame.

    Attributes:
        path: its file.
        image: the file's image, for what it tells about size and calibration.
        frame: the frame.
        objects: the number, from 1, of each segmentation's prompt, the same in all frames of a file. Without prompts:
            of dense classes the number of the class, of instances their rank in the frame.
        segmentations: one per object of this frame; without prompts, whatever was found.
        object_count: how many objects are wanted of the whole file; without prompts, how many there may be.
    """

    path: Path
    image: UltrasoundImage
    frame: Frame
    objects: tuple[int, ...]
    segmentations: tuple[Segmentation, ...]
    object_count: int


@dataclass(frozen=True, eq=False)
class FrameClasses:
    """One classified frame.

    Attributes:
        path: its file.
        image: the file's image.
        frame: the frame.
        objects: the number, from 1, of each answer's prompt; ``(1,)`` where the whole image was asked about.
        answers: one per object of this frame.
    """

    path: Path
    image: UltrasoundImage
    frame: Frame
    objects: tuple[int, ...]
    answers: tuple[Classification, ...]


@dataclass(frozen=True)
class FileFailure:
    """A file that could not be done, and the sentence that says why."""

    path: Path
    reason: str


#: What is made of one frame.
Result = TypeVar("Result", FrameResult, FrameClasses)


def segment_files(
    segmenter: Segmenter,
    tasks: Sequence[FileTask],
    *,
    frames: str | None = None,
    spacing_mm: SpacingXY | None = None,
    min_score: float | None = None,
    on_plan: Callable[[int], None] | None = None,
) -> Iterator[FrameResult | FileFailure]:
    """Segment files lazily, one frame at a time; memory does not grow with their number.

    Args:
        segmenter: the model.
        tasks: files and their prompts; without prompts, what a fine-tuned model finds by itself.
        frames: ``"3"``, ``"all"`` or a slice ``"0:20:2"`` for prompts that name no frame; the first by default.
        spacing_mm: overrides what the files say about their calibration.
        min_score: of objects that are found without prompts, see
            :meth:`~ultrasam.inference.automatic.AutomaticSegmenter.predict`.
        on_plan: is told how many frames a file will bring, once that is known.
    """

    def segmented(task: FileTask, image: UltrasoundImage, frame: Frame, objects: list[int]) -> FrameResult:
        if not task.prompts and isinstance(segmenter, AutomaticSegmenter):
            found = segmenter.predict(frame, min_score=min_score)
            numbers, most = _numbers(segmenter, found)
            return FrameResult(task.path, image, frame, numbers, tuple(found), most)
        # Checked before the encoder runs: a typing error should not cost ten seconds.
        prompts = _prompts_of(task, objects, frame)
        answers = segmenter.embed(frame).segment_batch(prompts)
        return FrameResult(task.path, image, frame, tuple(objects), tuple(answers), len(task.prompts))

    needs_prompts = not isinstance(segmenter, AutomaticSegmenter)
    return _each_frame(segmented, tasks, frames, spacing_mm, needs_prompts, on_plan)


def classify_files(
    classifier: Classifier,
    tasks: Sequence[FileTask],
    *,
    frames: str | None = None,
    on_plan: Callable[[int], None] | None = None,
) -> Iterator[FrameClasses | FileFailure]:
    """Classify files lazily, one frame at a time.

    Args:
        classifier: the model.
        tasks: files, and where the classifier takes prompts, the objects to classify.
        frames: as in :func:`segment_files`.
        on_plan: is told how many frames a file will bring, once that is known.
    """

    def classified(task: FileTask, image: UltrasoundImage, frame: Frame, objects: list[int]) -> FrameClasses:
        if not task.prompts:
            return FrameClasses(task.path, image, frame, (1,), (classifier.predict(frame),))
        prompts = _prompts_of(task, objects, frame)
        answers = classifier.predict_objects(frame, prompts)
        return FrameClasses(task.path, image, frame, tuple(objects), tuple(answers))

    return _each_frame(classified, tasks, frames, None, classifier.takes_prompts, on_plan)


def _each_frame(
    make: Callable[[FileTask, UltrasoundImage, Frame, list[int]], Result],
    tasks: Sequence[FileTask],
    frames: str | None,
    spacing_mm: SpacingXY | None,
    needs_prompts: bool,
    on_plan: Callable[[int], None] | None,
) -> Iterator[Result | FileFailure]:
    """What ``make`` makes of each wanted frame, and the failure of each file that cannot be done."""
    for task in tasks:
        try:
            with read(task.path, spacing_mm=spacing_mm) as image:
                if task.prompts or needs_prompts:
                    plan = objects_by_frame(task.prompts, len(image), frames)
                else:
                    plan = {index: [] for index in select_frames(frames, len(image))}
                if on_plan is not None:
                    on_plan(len(plan))
                for index, objects in plan.items():
                    yield make(task, image, image.frame(index), objects)
        except (UltraSamError, OSError) as error:
            yield FileFailure(task.path, str(error))
        except (MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            yield FileFailure(task.path, "The memory does not suffice: try a smaller input size, or fewer prompts.")


def _prompts_of(task: FileTask, objects: Sequence[int], frame: Frame) -> list[Prompts]:
    return [task.prompts[number - 1].prompts.check_inside(frame.size_hw) for number in objects]


def _numbers(segmenter: AutomaticSegmenter, found: Sequence[Segmentation]) -> tuple[tuple[int, ...], int]:
    """The numbers of objects that were found without prompts, and the largest that there may be."""
    task = segmenter.task
    if task.kind == "instance":
        return tuple(range(1, len(found) + 1)), task.head.queries
    return tuple(task.classes.index(str(one.category)) + 1 for one in found), len(task.classes)


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
