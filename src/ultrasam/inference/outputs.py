"""Results to a folder: masks, overlays, COCO, NIfTI, and one JSON that lists it all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from os import path as ospath
from pathlib import Path
from typing import Any

import numpy as np

import ultrasam
from ultrasam.errors import InputError
from ultrasam.extras import require
from ultrasam.files import written_whole
from ultrasam.imaging import write_coco, write_mask_png, write_nifti_mask, write_overlay
from ultrasam.inference.batch import FileFailure, FrameResult
from ultrasam.inference.segmentation import Segmentation
from ultrasam.inference.segmenter import Segmenter
from ultrasam.types import Mask, Prompts, SpacingXY


class OutputFormat(str, Enum):
    """What can be written."""

    PNG = "png"
    OVERLAY = "overlay"
    COCO = "coco"
    NIFTI = "nifti"


def unique_stems(paths: Sequence[Path]) -> dict[Path, str]:
    """A name for the outputs of each file: its stem, with the suffix and folders that it takes to tell files apart."""
    stems = {path: path.name.split(".")[0] or path.name.strip(".") for path in paths}
    for longer in (_with_suffix, _with_folders, _numbered):
        groups: dict[str, list[Path]] = {}
        for path, stem in stems.items():
            groups.setdefault(stem.casefold(), []).append(path)
        for group in groups.values():
            if len(group) > 1:
                stems |= {path: longer(path, group, stems[path]) for path in group}
    return stems


def _with_suffix(path: Path, _group: Sequence[Path], _stem: str) -> str:
    return path.name.replace(".", "_")


def _with_folders(path: Path, group: Sequence[Path], stem: str) -> str:
    folders = [str(other.resolve().parent) for other in group]
    return "_".join([*path.resolve().parent.relative_to(ospath.commonpath(folders)).parts, stem])


def _numbered(path: Path, group: Sequence[Path], stem: str) -> str:
    return f"{stem}_{group.index(path) + 1}"


@dataclass
class _Volume:
    """Masks of one object over the frames of one file, gathered until the file is done."""

    masks: np.ndarray[Any, np.dtype[np.bool_]]
    spacing_mm: SpacingXY | None
    records: list[dict[str, Any]] = field(default_factory=list)


class OutputFolder:
    """Writes results as they come, each file whole or not at all; :meth:`close` writes what spans all of them.

    Args:
        folder: made where it is missing.
        formats: what to write besides ``results.json``.
        paths: all input files, so that equal names can be told apart.
        segmenter: named in the JSON with licence and hash of its weights.

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
        self._stems = unique_stems(paths)
        self._model = describe_model(segmenter)
        self._records: list[dict[str, Any]] = []
        self._failures: list[FileFailure] = []
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._categories: dict[str, int] = {}
        self._volumes: dict[int, _Volume] = {}
        self._open_path: Path | None = None

    def add(self, result: FrameResult) -> list[dict[str, Any]]:
        """Write one frame's results.

        Returns:
            A JSON-ready record per object, as it will stand in ``results.json``.
        """
        if result.path != self._open_path:
            self._finish_volumes()
            self._open_path = result.path
        stem = self._stems[result.path]
        if len(result.image) > 1:
            stem = f"{stem}_f{result.frame.index:03d}"
        records = []
        for number, segmentation in enumerate(result.segmentations, 1):
            record = object_record(result, number, segmentation)
            name = stem if len(result.segmentations) == 1 else f"{stem}_{number}"
            if OutputFormat.PNG in self._formats:
                record["outputs"]["png"] = f"{name}_mask.png"
                write_mask_png(self.folder / f"{name}_mask.png", segmentation.mask)
            if OutputFormat.NIFTI in self._formats:
                self._gather(result, number, segmentation, record)
            records.append(record)
        if OutputFormat.OVERLAY in self._formats:
            self._overlay(result, f"{stem}_overlay.png", records)
        if OutputFormat.COCO in self._formats:
            self._coco(result, records)
        self._records += records
        return records

    def fail(self, failure: FileFailure) -> None:
        """Note a file that could not be done."""
        self._failures.append(failure)

    def close(self) -> dict[str, Any]:
        """Write what is still open: volumes, ``annotations.json`` (COCO), ``results.json``.

        Returns:
            The content of ``results.json``.
        """
        self._finish_volumes()
        if OutputFormat.COCO in self._formats and self._images:
            categories = [{"id": i, "name": name} for name, i in self._categories.items()]
            write_coco(self.folder / "annotations.json", self._images, self._annotations, categories)
        document = {
            "ultrasam": ultrasam.__version__,
            "model": self._model,
            "results": self._records,
            "failed": [{"file": str(f.path), "reason": f.reason} for f in self._failures],
        }
        with written_whole(self.folder / "results.json") as temporary:
            temporary.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
        return document

    def _overlay(self, result: FrameResult, name: str, records: list[dict[str, Any]]) -> None:
        for record in records:
            record["outputs"]["overlay"] = name
        write_overlay(
            self.folder / name,
            result.frame.pixels,
            [s.mask for s in result.segmentations],
            [s.prompts for s in result.segmentations],
            [caption(s) for s in result.segmentations],
        )

    def _coco(self, result: FrameResult, records: list[dict[str, Any]]) -> None:
        height, width = result.frame.size_hw
        image_id = len(self._images) + 1
        image = {"id": image_id, "file_name": result.path.name, "height": height, "width": width}
        self._images.append(image | ({"frame": result.frame.index} if len(result.image) > 1 else {}))
        for segmentation, record in zip(result.segmentations, records, strict=True):
            category = self._categories.setdefault(segmentation.prompts.name or "structure", len(self._categories) + 1)
            annotation_id = len(self._annotations) + 1
            self._annotations.append(
                segmentation.to_coco(annotation_id=annotation_id, image_id=image_id, category_id=category)
            )
            record["outputs"]["coco"] = f"annotations.json#{annotation_id}"

    def _gather(self, result: FrameResult, number: int, segmentation: Segmentation, record: dict[str, Any]) -> None:
        """Keep a mask for its file's NIfTI, which holds all frames of the file, unsegmented ones empty."""
        shape: tuple[int, ...] = (len(result.image), *result.frame.size_hw)
        volume = self._volumes.setdefault(number, _Volume(np.zeros(shape, np.bool_), segmentation.spacing_mm))
        volume.masks[result.frame.index] = segmentation.mask
        volume.records.append(record)

    def _finish_volumes(self) -> None:
        for number, volume in self._volumes.items():
            stem = self._stems[self._open_path] if self._open_path else ""
            name = f"{stem}_mask.nii.gz" if len(self._volumes) == 1 else f"{stem}_{number}_mask.nii.gz"
            masks: Mask = volume.masks[0] if len(volume.masks) == 1 else volume.masks
            write_nifti_mask(self.folder / name, masks, volume.spacing_mm)
            for record in volume.records:
                record["outputs"]["nifti"] = name
        self._volumes.clear()


def describe_model(segmenter: Segmenter) -> dict[str, Any]:
    """What decided the masks, JSON-ready: weights with licence and hash, input size, number format."""
    checkpoint = segmenter.checkpoint
    return {
        "format": checkpoint.format,
        "pipeline": checkpoint.pipeline,
        "sha256": checkpoint.sha256,
        "licence": checkpoint.metadata.get("licence"),
        "input_size": segmenter.input_size,
        "dtype": str(segmenter.dtype).removeprefix("torch."),
    }


def object_record(result: FrameResult, number: int, segmentation: Segmentation) -> dict[str, Any]:
    """All facts of one object, JSON-ready; nothing from the file's header but its calibration."""
    return {
        "file": str(result.path),
        "frame": result.frame.index,
        "frames": len(result.image),
        "object": number,
        "name": segmentation.prompts.name,
        "prompt": _prompt_record(segmentation.prompts),
        "score": round(segmentation.score, 4),
        "box_xyxy": None if segmentation.box_xyxy is None else list(segmentation.box_xyxy),
        "calibration": result.image.calibration,
        **segmentation.measurements.to_dict(),
        "outputs": {},
    }


def caption(segmentation: Segmentation) -> str:
    """A few words for a picture: name, score, area."""
    area = f"{segmentation.area_px:,} px"
    if segmentation.area_mm2 is not None:
        area = f"{segmentation.area_mm2:,.0f} mm²"
    return "  ".join(part for part in (segmentation.prompts.name, f"{segmentation.score:.2f}", area) if part)


def _prompt_record(prompts: Prompts) -> dict[str, Any]:
    record: dict[str, Any] = {}
    if len(prompts.points_xy):
        record |= {"points_xy": prompts.points_xy.tolist(), "labels": prompts.labels.tolist()}
    if prompts.box_xyxy is not None:
        record["box_xyxy"] = list(prompts.box_xyxy)
    if prompts.mask is not None:
        record["mask"] = True
    return record
