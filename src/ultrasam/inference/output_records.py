"""What stands in the files about results: the model, each object, a caption."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

from ultrasam.imaging.image import NOT_CALIBRATED
from ultrasam.inference.batch import FrameClasses, FrameResult
from ultrasam.inference.classification import Classification
from ultrasam.inference.segmentation import Segmentation
from ultrasam.inference.segmenter import Segmenter
from ultrasam.types import Prompts


def describe_model(segmenter: Segmenter) -> dict[str, Any]:
    """What decided the results, JSON-ready: weights with licence, hash and task, input size, backend."""
    checkpoint = segmenter.checkpoint
    facts: dict[str, Any] = {
        "title": checkpoint.metadata.get("title"),
        "format": checkpoint.format,
        "pipeline": checkpoint.pipeline,
        "sha256": checkpoint.sha256,
        "licence": checkpoint.metadata.get("licence"),
        "input_size": segmenter.input_size,
        "backend": segmenter.engine.backend,
        "precision": segmenter.engine.precision,
    }
    if segmenter.task is not None:
        task = segmenter.task
        facts |= {"task": task.kind, "classes": list(task.classes), "initial": task.initial}
    return facts


def object_record(result: FrameResult, number: int, segmentation: Segmentation) -> dict[str, Any]:
    """All facts of one object, JSON-ready; nothing from the file's header but its calibration."""
    return {
        "file": str(result.path),
        "frame": result.frame.index,
        "frames": len(result.image),
        "object": number,
        "name": segmentation.name,
        "prompt": None if segmentation.prompts is None else prompt_record(segmentation.prompts),
        "score": segmentation.score,
        "box_xyxy": None if segmentation.box_xyxy is None else list(segmentation.box_xyxy),
        "calibration": _calibration(result, segmentation),
        **segmentation.measurements.to_dict(),
        "outputs": {},
    }


def class_record(result: FrameClasses, number: int, answer: Classification) -> dict[str, Any]:
    """All facts of one answer of a classifier, JSON-ready: its file and frame, what was asked, what it says."""
    outline = answer.segmentation
    asked = None if outline is None else outline.prompts
    return {
        "file": str(result.path),
        "frame": result.frame.index,
        "frames": len(result.image),
        "object": number,
        "name": None if asked is None else asked.name,
        "prompt": None if asked is None else prompt_record(asked),
        **answer.to_dict(),
    }


def _calibration(result: FrameResult, segmentation: Segmentation) -> str:
    """In words, what this object's millimetres rest on."""
    words = result.image.calibration
    if segmentation.spacing_mm is None:
        return words if words == NOT_CALIBRATED else f"{NOT_CALIBRATED} where the mask lies; elsewhere {words}"
    doubt = result.image.source.details.get("calibration")
    return f"{words}; {doubt}" if doubt else words


def caption(segmentation: Segmentation) -> str:
    """A few words for a picture: name, score, area."""
    area = f"{segmentation.area_px:,} px"
    if segmentation.area_mm2 is not None:
        area = f"{segmentation.area_mm2:,.0f} mm²"
    name = shorten(segmentation.name or "", width=40, placeholder="…")
    return "  ".join(part for part in (name, f"{segmentation.score:.2f}", area) if part)


def prompt_record(prompts: Prompts) -> dict[str, Any]:
    """What was asked, JSON-ready; of a mask only that there was one."""
    record: dict[str, Any] = {}
    if len(prompts.points_xy):
        record |= {"points_xy": prompts.points_xy.tolist(), "labels": prompts.labels.tolist()}
    if prompts.box_xyxy is not None:
        record["box_xyxy"] = list(prompts.box_xyxy)
    if prompts.mask is not None:
        record["mask"] = True
    return record
