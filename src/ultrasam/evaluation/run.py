"""The run: every image of every data set once, answers appended to the disk, to be gone on with at any time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ultrasam.corpus import CocoFolder, CocoImage, Skipped
from ultrasam.errors import ImageError, InputError, MissingExtraError, UltraSamError, WeightsError
from ultrasam.evaluation.answers import Case, Clock
from ultrasam.evaluation.data import chosen_images
from ultrasam.evaluation.protocols import AUTOMATIC
from ultrasam.evaluation.records import RecordFile, file_stem
from ultrasam.evaluation.settings import Settings, is_run, write_settings
from ultrasam.evaluation.sources import Source
from ultrasam.files import alone, written_whole
from ultrasam.imaging import Frame, mask_to_rle, read, spacing_for

_RECORDS, _LEFT_OUT = "records", "left_out.json"
#: What is made of the records, in a run's folder.
OUTPUTS = ("report.html", "summary.md", "summary.json", "tables.tex", "results.json")
#: Told after each image: data set, images done in it, images wanted of it.
OnImage = Callable[[str, int, int], None]


def run(
    folders: Sequence[CocoFolder],
    source: Source,
    settings: Settings,
    out: Path,
    *,
    left_out: Sequence[Skipped] = (),
    restart: bool = False,
    on_image: OnImage | None = None,
) -> None:
    """Ask about every object of every image that is not done yet.

    Memory does not grow with the number of images: one is held at a time, and its answers are on the disk before
    the next is read. What cannot be used is written into the records with the reason, and the run goes on.

    Args:
        folders: the data sets, each with a name of its own.
        source: who answers.
        settings: what decides the numbers.
        out: the run's folder.
        left_out: what of the data is no part of the folders, for the record.
        restart: begin anew, whatever is there.
        on_image: is told of progress; images that a former run did are told first.

    Raises:
        InputError: the folder holds a run with other settings, or another process is at work in it.
        WeightsError: the network's numbers are not finite.
    """
    with alone(out):
        if restart:
            _clear(out)
        elif (out / _RECORDS).exists() and not is_run(out):
            raise InputError(f"Expected the settings of the records in {out}, but run.json is gone: give --restart.")
        write_settings(out, settings, anew=restart)
        _write_json(out / _RECORDS / _LEFT_OUT, [asdict(entry) for entry in left_out])
        for folder in folders:
            _write_json(_skipped_file(out, folder.name), [{"what": s.what, "reason": s.reason} for s in folder.skipped])
            records = record_file(out, folder.name)
            done = records.recover()
            images = chosen_images(
                folder,
                limit=settings.limit,
                seed=settings.seed,
                also_without_objects=AUTOMATIC in settings.protocols,
            )
            count = sum(image.image_id in done for image in images)
            if on_image is not None:
                on_image(folder.name, count, len(images))
            for image in images:
                if image.image_id in done:
                    continue
                records.append(_image_record(folder.name, image, source))
                count += 1
                if on_image is not None:
                    on_image(folder.name, count, len(images))


def record_file(out: Path, dataset: str) -> RecordFile:
    """Where the answers about a data set lie in a run's folder."""
    return RecordFile(out / _RECORDS / f"{file_stem(dataset)}.jsonl")


def skipped_when_read(out: Path, dataset: str) -> list[dict[str, str]]:
    """What of a data set could not even be asked about: found when its COCO file was read."""
    return _read_json(_skipped_file(out, dataset))


def left_out_of_data(out: Path) -> list[dict[str, str]]:
    """``{"dataset", "what", "reason"}`` of what of the data is no part of a run's data sets."""
    return _read_json(out / _RECORDS / _LEFT_OUT)


def _image_record(dataset: str, image: CocoImage, source: Source) -> dict[str, Any]:
    """One image's line."""
    clock = Clock()
    record: dict[str, Any] = {
        "image_id": image.image_id,
        "image": image.file_name,
        "path": str(image.path),
        "patient": image.patient,
        "size_hw": list(image.size_hw),
        "failed": False,
        "incomplete": image.incomplete,
        "instances": [],
        "skipped": [],
    }
    try:
        frame = _frame(image)
        cases, instances = [], []
        for instance in image.instances:
            try:
                truth = instance.mask()
            except InputError as error:
                what = f"annotation {instance.annotation_id} of image {image.image_id} ({image.file_name})"
                record["skipped"].append({"what": what, "reason": str(error)})
                record["incomplete"] = True
                continue
            spacing = spacing_for(truth, frame.regions)
            cases.append(Case(f"{dataset}/{image.image_id}/{instance.annotation_id}", truth, spacing))
            area = int(truth.sum())
            instances.append(
                {
                    "annotation_id": instance.annotation_id,
                    "category": instance.category,
                    "area_px": area,
                    "area_share": round(area / truth.size, 6),
                    "spacing_mm": None if spacing is None else list(spacing),
                    "truth": mask_to_rle(truth)["counts"],
                }
            )
        clock.lap("read")
        answers, about_image = source.answer(image, frame, cases, clock)
        record["instances"] = [
            {**instance, "answers": found} for instance, found in zip(instances, answers, strict=True)
        ]
        record["skipped"] += about_image.pop("skipped", [])
        record.update(about_image)
    except (MissingExtraError, WeightsError):
        # Every other image would fail in the same way.
        raise
    except (UltraSamError, OSError) as error:
        record["instances"], record["failed"] = [], True
        record["skipped"].append({"what": f"image {image.image_id} ({image.file_name})", "reason": str(error)})
    clock.lap("other")
    record["seconds"] = {stage: round(seconds, 4) for stage, seconds in clock.seconds.items()}
    return record


def _frame(image: CocoImage) -> Frame:
    with read(image.path, spacing_mm=image.spacing_mm) as opened:
        if len(opened) != 1:
            raise ImageError(f"Expected one frame, but {image.file_name} has {len(opened)}.")
        frame = opened.frame(0)
    if frame.size_hw != image.size_hw:
        raise ImageError(
            f"Expected an image of {image.size_hw[1]} x {image.size_hw[0]} pixels as the annotations say, but "
            f"{image.file_name} has {frame.size_hw[1]} x {frame.size_hw[0]}."
        )
    return frame


def _clear(out: Path) -> None:
    """Remove a former run, its reports too: they would stand beside other settings."""
    if (out / _RECORDS).exists():
        shutil.rmtree(out / _RECORDS)
    for name in OUTPUTS:
        (out / name).unlink(missing_ok=True)


def _skipped_file(out: Path, dataset: str) -> Path:
    return out / _RECORDS / f"{file_stem(dataset)}.skipped.json"


def _write_json(path: Path, value: Any) -> None:
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1), encoding="utf-8")


def _read_json(path: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return found
