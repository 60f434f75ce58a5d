"""Results to a folder: masks, overlays, COCO, NIfTI, and one JSON that lists it all."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from os import path as ospath
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import ultrasam
from ultrasam.errors import InputError, UltraSamError
from ultrasam.extras import require
from ultrasam.files import FreeNames, written_whole
from ultrasam.imaging import write_coco, write_mask_png, write_nifti_mask, write_overlay
from ultrasam.imaging.overlay import PALETTE, Colour
from ultrasam.inference.automatic import AutomaticSegmenter
from ultrasam.inference.batch import FileFailure, FrameResult
from ultrasam.inference.output_records import caption, describe_model, object_record
from ultrasam.inference.overlap import behind
from ultrasam.inference.segmentation import Segmentation
from ultrasam.inference.segmenter import Segmenter
from ultrasam.types import Mask, SpacingXY

#: What is no part of a file's name. DICOM files are often named by numbers with dots, which are.
_ENDING = re.compile(r"(\.nii)?\.[A-Za-z][A-Za-z0-9]{1,4}$")


class OutputFormat(str, Enum):
    """What can be written."""

    PNG = "png"
    OVERLAY = "overlay"
    COCO = "coco"
    NIFTI = "nifti"


def telling_stems(paths: Sequence[Path]) -> dict[Path, str]:
    """A name for the outputs of each file: its stem, with suffix and folders where that tells files apart."""
    stems = {path: (_ENDING.sub("", path.name) or path.name).strip(".") for path in paths}
    for longer in (_with_suffixes, _with_folders):
        groups: dict[str, list[Path]] = {}
        for path, stem in stems.items():
            groups.setdefault(stem.casefold(), []).append(path)
        for group in groups.values():
            if len(group) > 1:
                stems |= longer({path: stems[path] for path in group})
    return stems


def _with_suffixes(stems: Mapping[Path, str]) -> dict[Path, str]:
    return {path: path.name.replace(".", "_") for path in stems}


def _with_folders(stems: Mapping[Path, str]) -> dict[Path, str]:
    folders = {path: path.resolve().parent for path in stems}
    shared = ospath.commonpath([str(folder) for folder in folders.values()])
    return {path: "_".join([*folders[path].relative_to(shared).parts, stem]) for path, stem in stems.items()}


@dataclass
class _MaskStack:
    """Masks ``(T, H, W)`` of one object over the frames of one file, gathered until the file is done."""

    path: Path
    name: str
    masks: npt.NDArray[np.bool_]
    spacing_mm: SpacingXY | None


@dataclass(frozen=True, eq=False)
class Written:
    """What became of one result.

    Attributes:
        result: what was to be written.
        records: of its objects, as they will stand in ``results.json``; None where it failed.
        failures: what has failed since the result before: this one itself, or the end of the file before it.
    """

    result: FrameResult | FileFailure
    records: list[dict[str, Any]] | None
    failures: list[FileFailure]


class OutputFolder:
    """Writes results as they come, each file whole or not at all; :meth:`close` writes what spans all of them.

    Args:
        folder: made where it is missing.
        formats: what to write besides ``results.json``.
        paths: all input files, so that equal names can be told apart.
        segmenter: named in the JSON with licence and hash of its weights.

    Attributes:
        failures: files that could not be done, or not be written, so far.

    Raises:
        InputError: the folder cannot be made.
        MissingExtraError: NIfTI is wanted, but the package for it is not installed.
    """

    def __init__(
        self, folder: Path, formats: Sequence[OutputFormat], paths: Sequence[Path], segmenter: Segmenter
    ) -> None:
        if OutputFormat.NIFTI in formats:
            require("nibabel", needed_for="NIfTI files")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"Expected a folder for results that can be made, but {folder} cannot: {error}") from error
        self.folder = folder
        self._formats = tuple(dict.fromkeys(formats))
        self._paths = tuple(paths)
        self._stems = telling_stems(paths)
        self._model = describe_model(segmenter)
        self._records: list[dict[str, Any]] = []
        self.failures: list[FileFailure] = []
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        #: Of a model with classes of its own, all of them, so that a number means the same in every run.
        self._classes = segmenter.task.classes if isinstance(segmenter, AutomaticSegmenter) else ()
        self._categories: dict[str, int] = {name: number for number, name in enumerate(self._classes, 1)}
        self._without_objects: list[dict[str, Any]] = []
        self._stacks: dict[int, _MaskStack] = {}
        self._open_path: Path | None = None
        self._names = FreeNames()

    def add_each(self, results: Iterator[FrameResult | FileFailure]) -> Generator[Written, None, None]:
        """Write results in a thread of its own, while the next are made; what cannot be written is a failure.

        Whatever was made is written, also where this is closed or interrupted.

        Args:
            results: run in the caller's thread.
        """

        def write(result: FrameResult | FileFailure) -> Written:
            told = len(self.failures)
            records = None
            try:
                if isinstance(result, FileFailure):
                    self.fail(result)
                else:
                    records = self.add(result)
            except (UltraSamError, OSError) as error:
                self.fail(FileFailure(result.path, str(error)))
            return Written(result, records, self.failures[told:])

        with closing(behind(results, write)) as each:
            for _, written in each:
                yield written

    def add(self, result: FrameResult) -> list[dict[str, Any]]:
        """Write one frame's results.

        Returns:
            A JSON-ready record per object, as it will stand in ``results.json``.
        """
        if result.path != self._open_path:
            self._finish_stacks()
            self._open_path = result.path
        stem = self._stems[result.path]
        if len(result.image) > 1:
            stem = f"{stem}_f{result.frame.index:03d}"
        records = []
        for number, segmentation in zip(result.objects, result.segmentations, strict=True):
            record = object_record(result, number, segmentation)
            if OutputFormat.PNG in self._formats:
                name = self._names.take(_of_object(stem, number, result), "_mask.png")
                record["outputs"]["png"] = name
                write_mask_png(self.folder / name, segmentation.mask)
            if OutputFormat.NIFTI in self._formats:
                self._gather(result, number, segmentation, record)
            records.append(record)
        if OutputFormat.OVERLAY in self._formats:
            self._overlay(result, self._names.take(stem, "_overlay.png"), records)
        if OutputFormat.COCO in self._formats:
            self._coco(result, records)
        self._records += records
        if not records:
            self._without_objects.append({"file": str(result.path), "frame": result.frame.index})
        return records

    def fail(self, failure: FileFailure) -> None:
        """Note a file that could not be done."""
        self.failures.append(failure)

    def close(self) -> dict[str, Any]:
        """Write what is still open: NIfTI masks, ``annotations.json`` (COCO), ``results.json``.

        Returns:
            The content of ``results.json``.
        """
        self._finish_stacks()
        if OutputFormat.COCO in self._formats and self._images:
            categories = [{"id": i, "name": name} for name, i in self._categories.items()]
            write_coco(self.folder / "annotations.json", self._images, self._annotations, categories)
        document = {
            "ultrasam": ultrasam.__version__,
            "model": self._model,
            "results": self._records,
            **({"without_objects": self._without_objects} if self._classes else {}),
            "failed": [{"file": str(f.path), "reason": f.reason} for f in self.failures],
            "not_done": self._not_done(),
        }
        with written_whole(self.folder / "results.json") as temporary:
            temporary.write_text(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        return document

    def _not_done(self) -> list[str]:
        """Files of which nothing is known yet: the run was stopped before."""
        known = {record["file"] for record in (*self._records, *self._without_objects)}
        known |= {str(failure.path) for failure in self.failures}
        return [str(path) for path in self._paths if str(path) not in known]

    def _overlay(self, result: FrameResult, name: str, records: list[dict[str, Any]]) -> None:
        for record in records:
            record["outputs"]["overlay"] = name
        write_overlay(
            self.folder / name,
            result.frame.pixels,
            [s.mask for s in result.segmentations],
            [s.prompts for s in result.segmentations],
            [caption(s) for s in result.segmentations],
            colours=self._colours(result.segmentations),
        )

    def _colours(self, segmentations: Sequence[Segmentation]) -> list[Colour]:
        """A colour for each object: its class's, the same in all pictures, or where it has none the next."""
        number_of = {name: number for number, name in enumerate(self._classes)}
        numbers = [number_of.get(one.category or "", i) for i, one in enumerate(segmentations)]
        return [PALETTE[number % len(PALETTE)] for number in numbers] or [PALETTE[0]]

    def _coco(self, result: FrameResult, records: list[dict[str, Any]]) -> None:
        height, width = result.frame.size_hw
        image_id = len(self._images) + 1
        image = {"id": image_id, "file_name": self._file_name(result.path), "height": height, "width": width}
        self._images.append(image | ({"frame": result.frame.index} if len(result.image) > 1 else {}))
        for segmentation, record in zip(result.segmentations, records, strict=True):
            category = self._categories.setdefault(segmentation.name or "structure", len(self._categories) + 1)
            annotation_id = len(self._annotations) + 1
            self._annotations.append(
                segmentation.to_coco(annotation_id=annotation_id, image_id=image_id, category_id=category)
            )
            record["outputs"]["coco"] = f"annotations.json#{annotation_id}"

    def _file_name(self, path: Path) -> str:
        """The path from the folder that all files share, so that equal names in several folders stay apart."""
        return path.absolute().relative_to(self._shared_folder).as_posix()

    @cached_property
    def _shared_folder(self) -> str:
        return ospath.commonpath([str(path.absolute().parent) for path in self._paths])

    def _gather(self, result: FrameResult, number: int, segmentation: Segmentation, record: dict[str, Any]) -> None:
        """Keep a mask for its file's NIfTI, which holds all frames of the file, unsegmented ones empty."""
        if number not in self._stacks:
            shape = (len(result.image), *result.frame.size_hw)
            name = self._names.take(_of_object(self._stems[result.path], number, result), "_mask.nii.gz")
            self._stacks[number] = _MaskStack(result.path, name, np.zeros(shape, np.bool_), result.image.spacing_mm)
        stack = self._stacks[number]
        stack.masks[result.frame.index] = segmentation.mask
        stack.spacing_mm = stack.spacing_mm or segmentation.spacing_mm
        record["outputs"]["nifti"] = stack.name

    def _finish_stacks(self) -> None:
        """Write the NIfTI masks of the file that is done; what goes wrong is its failure, not the next file's."""
        stacks, self._stacks = self._stacks, {}
        for stack in stacks.values():
            masks: Mask = stack.masks[0] if len(stack.masks) == 1 else stack.masks
            try:
                write_nifti_mask(self.folder / stack.name, masks, stack.spacing_mm)
            except (UltraSamError, OSError) as error:
                self.fail(FileFailure(stack.path, str(error)))


def _of_object(stem: str, number: int, result: FrameResult) -> str:
    return stem if result.object_count == 1 else f"{stem}_{number}"
