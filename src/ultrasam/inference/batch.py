"""Many files: read ahead, encode, answer, one after the other; a bad file does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch

from ultrasam.errors import UltraSamError
from ultrasam.imaging import Frame, UltrasoundImage, read
from ultrasam.inference.automatic import AutomaticSegmenter
from ultrasam.inference.classification import Classification
from ultrasam.inference.classifier import Classifier
from ultrasam.inference.frame_plan import objects_by_frame, select_frames
from ultrasam.inference.overlap import ahead
from ultrasam.inference.prepared import Prepared
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
        image: the file's image, for what it tells about size and calibration; it may be closed already.
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
        image: the file's image, for what it tells about size; it may be closed already.
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

#: What may be wrong with one file; of the last two, only a lack of memory.
_FORESEEN = (UltraSamError, OSError, MemoryError, RuntimeError)


def segment_files(
    segmenter: Segmenter,
    tasks: Sequence[FileTask],
    *,
    frames: str | None = None,
    spacing_mm: SpacingXY | None = None,
    min_score: float | None = None,
    on_plan: Callable[[int], None] | None = None,
) -> Generator[FrameResult | FileFailure, None, None]:
    """Segment files lazily, one frame at a time; memory does not grow with their number.

    A thread reads the next frames meanwhile. It ends with the last result, or when this is closed.

    Args:
        segmenter: the model.
        tasks: files and their prompts; without prompts, what a fine-tuned model finds by itself.
        frames: ``"3"``, ``"all"`` or a slice ``"0:20:2"`` for prompts that name no frame; the first by default.
        spacing_mm: overrides what the files say about their calibration.
        min_score: of objects that are found without prompts, see
            :meth:`~ultrasam.inference.automatic.AutomaticSegmenter.predict`.
        on_plan: is told how many frames a file will bring, once that is known.
    """

    def segmented(task: FileTask, read: _Read) -> FrameResult:
        image, frame = read.image, read.frame.frame
        if not task.prompts and isinstance(segmenter, AutomaticSegmenter):
            found = segmenter.predict(read.frame, min_score=min_score)
            numbers, most = _numbers(segmenter, found)
            return FrameResult(task.path, image, frame, numbers, tuple(found), most)
        # Checked before the encoder runs: a typing error should not cost ten seconds.
        prompts = _prompts_of(task, read.objects, frame)
        answers = segmenter.embed(read.frame).segment_batch(prompts)
        return FrameResult(task.path, image, frame, read.objects, tuple(answers), len(task.prompts))

    needs_prompts = not isinstance(segmenter, AutomaticSegmenter)
    reading = _Reading(tasks, segmenter.prepare, frames, spacing_mm, needs_prompts)
    return _each_frame(segmented, reading, on_plan)


def classify_files(
    classifier: Classifier,
    tasks: Sequence[FileTask],
    *,
    frames: str | None = None,
    on_plan: Callable[[int], None] | None = None,
) -> Generator[FrameClasses | FileFailure, None, None]:
    """Classify files lazily, one frame at a time, as :func:`segment_files` segments them.

    Args:
        classifier: the model.
        tasks: files, and where the classifier takes prompts, the objects to classify.
        frames: as in :func:`segment_files`.
        on_plan: is told how many frames a file will bring, once that is known.
    """

    def classified(task: FileTask, read: _Read) -> FrameClasses:
        image, frame = read.image, read.frame.frame
        if not task.prompts:
            return FrameClasses(task.path, image, frame, (1,), (classifier.predict(read.frame),))
        prompts = _prompts_of(task, read.objects, frame)
        answers = classifier.predict_objects(read.frame, prompts)
        return FrameClasses(task.path, image, frame, read.objects, tuple(answers))

    reading = _Reading(tasks, classifier.prepare, frames, None, classifier.takes_prompts)
    return _each_frame(classified, reading, on_plan)


@dataclass(frozen=True, eq=False)
class _Read:
    """A frame that waits for the network.

    Attributes:
        image: its file's.
        frame: the frame, ready for the network.
        objects: the number, from 1, of each prompt that is meant for it.
        planned: how many frames the file brings.
        is_first: whether it is the first of them.
    """

    image: UltrasoundImage
    frame: Prepared
    objects: tuple[int, ...]
    planned: int
    is_first: bool


@dataclass(frozen=True, eq=False)
class _Reading:
    """What is read of which files; :meth:`run` reads it, in whatever thread.

    Attributes:
        tasks: the files.
        prepare: makes a frame ready for the network.
        frames: those that are wanted where a prompt does not say so.
        spacing_mm: overrides what the files say about their calibration.
        needs_prompts: whether a file without prompts is a failure.
        given_up: places of tasks in ``tasks`` of which no further frame is wanted.
    """

    tasks: Sequence[FileTask]
    prepare: Callable[[Frame], Prepared]
    frames: str | None
    spacing_mm: SpacingXY | None
    needs_prompts: bool
    given_up: set[int] = field(default_factory=set)

    def run(self) -> Generator[tuple[int, _Read | FileFailure], None, None]:
        """Each wanted frame, and the failure of each file that cannot be read, with its task's place."""
        for place, task in enumerate(self.tasks):
            try:
                with read(task.path, spacing_mm=self.spacing_mm) as image:
                    plan = self._plan(task, image)
                    for count, (index, objects) in enumerate(plan.items()):
                        if place in self.given_up:
                            break
                        frame = self.prepare(image.frame(index))
                        yield place, _Read(image, frame, tuple(objects), len(plan), is_first=count == 0)
            except _FORESEEN as error:
                yield place, FileFailure(task.path, _reason(error))

    def _plan(self, task: FileTask, image: UltrasoundImage) -> dict[int, list[int]]:
        if task.prompts or self.needs_prompts:
            return objects_by_frame(task.prompts, len(image), self.frames)
        return {index: [] for index in select_frames(self.frames, len(image))}


def _each_frame(
    make: Callable[[FileTask, _Read], Result], reading: _Reading, on_plan: Callable[[int], None] | None
) -> Generator[Result | FileFailure, None, None]:
    """What ``make`` makes of each wanted frame, and the failure of each file that cannot be done."""
    with closing(ahead(reading.run())) as coming:
        for place, found in coming:
            if place in reading.given_up:
                continue
            if isinstance(found, FileFailure):
                yield found
                continue
            if on_plan is not None and found.is_first:
                on_plan(found.planned)
            task = reading.tasks[place]
            try:
                result = make(task, found)
            except _FORESEEN as error:
                reading.given_up.add(place)
                yield FileFailure(task.path, _reason(error))
            else:
                yield result


def _prompts_of(task: FileTask, objects: Sequence[int], frame: Frame) -> list[Prompts]:
    return [task.prompts[number - 1].prompts.check_inside(frame.size_hw) for number in objects]


def _numbers(segmenter: AutomaticSegmenter, found: Sequence[Segmentation]) -> tuple[tuple[int, ...], int]:
    """The numbers of objects that were found without prompts, and the largest that there may be."""
    task = segmenter.task
    if task.kind == "instance":
        return tuple(range(1, len(found) + 1)), task.head.queries
    return tuple(task.classes.index(str(one.category)) + 1 for one in found), len(task.classes)


def _reason(error: BaseException) -> str:
    """The sentence that says why a file cannot be done; an error that is none of its file's is raised again."""
    if isinstance(error, UltraSamError | OSError):
        return str(error)
    if not _is_out_of_memory(error):
        raise error
    return "The memory does not suffice: try a smaller input size, or fewer prompts."


def _is_out_of_memory(error: BaseException) -> bool:
    """Torch says so with errors of its own on GPUs, and with a plain RuntimeError on CPUs."""
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or "allocate memory" in str(error)
