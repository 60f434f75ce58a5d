"""The test: every image once, at its own size, through the public predictor."""

# ruff: noqa: PT028  (ruff takes the function for a test)
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from ultrasam.corpus import Skipped
from ultrasam.downstream.data.example import Example
from ultrasam.downstream.testing.asking import Asking, Model
from ultrasam.downstream.testing.notes import notes_of
from ultrasam.downstream.testing.predictions import write_predictions
from ultrasam.downstream.testing.report.writing import REPORT, SUMMARY, write_report, write_summary
from ultrasam.downstream.testing.result import RESULTS, TestResult, read_result
from ultrasam.downstream.testing.settings import RECORDS, TestSettings, data_sha256
from ultrasam.downstream.testing.tested import Tested, read_tested
from ultrasam.errors import ImageError, InputError, MissingExtraError, UltraSamError, WeightsError
from ultrasam.evaluation.records import RecordFile
from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap
from ultrasam.files import alone
from ultrasam.imaging import Frame, read
from ultrasam.inference.automatic import AutomaticSegmenter
from ultrasam.inference.classifier import Classifier
from ultrasam.inference.loading import load
from ultrasam.inference.segmenter import Segmenter

#: Told after each batch: images done, of how many.
OnImage: TypeAlias = Callable[[int, int], None]
#: In a run's folder, beside its weights.
HISTORY = "history.jsonl"


def test(
    model: str | PathLike[str] | Segmenter,
    examples: Sequence[Example],
    classes: Sequence[str],
    *,
    out: str | PathLike[str],
    resamples: int = 2000,
    seed: int = 0,
    device: str = "auto",
    batch: int = 8,
    left_out: Sequence[Skipped] = (),
    split_report: str = "",
    report: bool = True,
    restart: bool = False,
    on_image: OnImage | None = None,
) -> TestResult:
    """Ask about every image, measure the answers, and write what was found.

    The folder then has ``records.jsonl`` (every answer, from which all numbers can be made anew), ``results.json``,
    ``predictions.csv``, ``summary.md`` and ``report.html``. A test that was done with these weights, images and
    settings is not done again.

    Args:
        model: a run's folder, a file of fine-tuned weights, or a loaded model.
        examples: the test images with their truths.
        classes: names in the order of the examples' labels.
        out: the folder, made if missing.
        resamples: of the patients, for the intervals.
        seed: of the resamples.
        device: where the network runs, if ``model`` is not loaded yet; as :func:`ultrasam.load` has it.
        batch: images in one pass of the network.
        left_out: what of the data cannot be used, for the report.
        split_report: where the parts of the data come from, for the report.
        report: whether ``report.html`` is written; without it, the evaluation's chart package is not needed.
        restart: test anew in any case.
        on_image: is told of progress.

    Raises:
        InputError: there is no image, none can be used, or the model is not fine-tuned or has other classes.
        WeightsError: the weights cannot be read, or their numbers are not finite.
        MissingExtraError: the report needs a package that is not installed.
    """
    if not examples:
        raise InputError("Expected at least one test image, but there is none: give a larger share for the test.")
    loaded = model if isinstance(model, Segmenter) else load(model, device=device)
    if not isinstance(loaded, AutomaticSegmenter | Classifier):
        raise InputError(f"Expected fine-tuned weights, but {loaded.title} have no head: give the folder of a run.")
    asking = Asking(loaded, tuple(classes))
    folder = Path(out)
    settings = _settings(loaded, examples, classes, resamples, seed)
    with alone(folder):
        stored = None if restart else _stored(folder, settings)
        if stored is None:
            records = RecordFile(folder / RECORDS)
            for name in (RESULTS, RECORDS, SUMMARY, REPORT):
                (folder / name).unlink(missing_ok=True)
            settings.write(folder)
            for record in _records(asking, examples, max(batch, 1), on_image):
                records.append(record)
            result = _measured(folder, settings, list(records), left_out, split_report)
        else:
            result = stored
            if on_image is not None:
                on_image(len(examples), len(examples))
        if report and not (folder / REPORT).exists():
            write_report(result, read_tested(folder), history=_history(model))
    return result


def _settings(
    model: Model, examples: Sequence[Example], classes: Sequence[str], resamples: int, seed: int
) -> TestSettings:
    task = model.task
    return TestSettings(
        task.kind,
        task.classes,
        task.several,
        model.title,
        model.checkpoint.metadata.get("licence", "unknown"),
        model.checkpoint.sha256,
        model.input_size,
        model.engine.precision,
        len(examples),
        data_sha256(examples, classes),
        resamples,
        seed,
        isinstance(model, Classifier) and model.takes_prompts,
        model.engine.backend,
    )


def _stored(folder: Path, settings: TestSettings) -> TestResult | None:
    """A test of the same settings that lies in a folder whole; else None."""
    try:
        result = read_result(folder)
        read_tested(folder)
    except InputError:
        return None
    return result if result.settings == settings else None


def _measured(
    folder: Path,
    settings: TestSettings,
    records: Sequence[dict[str, Any]],
    left_out: Sequence[Skipped],
    split_report: str,
) -> TestResult:
    tested = Tested.of(settings, records)
    if not len(tested.patients):
        reasons = " ".join(f"{record['image']}: {record['reason']}" for record in tested.failed[:3])
        raise InputError(f"Expected a test image that can be used, but there is none. {reasons}")
    bootstrap = PatientBootstrap(tested.patients, resamples=settings.resamples, seed=settings.seed)
    found = tested.estimate(bootstrap)
    result = TestResult.of(
        folder, settings, tested, found, notes=notes_of(tested), left_out=left_out, split_report=split_report
    )
    write_predictions(tested, folder)
    write_summary(result, tested)
    # Last: with this file the test is done.
    result.write()
    return result


def _records(
    asking: Asking, examples: Sequence[Example], batch: int, on_image: OnImage | None
) -> Iterator[dict[str, Any]]:
    """In the order of the examples; the next images are read while the network is at work."""
    batches = [examples[start : start + batch] for start in range(0, len(examples), batch)]
    done = 0
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(_frames, batches[0])
        for number, part in enumerate(batches):
            frames = coming.result()
            if number + 1 < len(batches):
                coming = reader.submit(_frames, batches[number + 1])
            yield from _asked(asking, part, frames)
            done += len(part)
            if on_image is not None:
                on_image(done, len(examples))


def _asked(asking: Asking, examples: Sequence[Example], frames: Sequence[Frame | str]) -> Iterator[dict[str, Any]]:
    """A record for each image; a text instead of a frame says why there is none."""
    whole = [(example, frame) for example, frame in zip(examples, frames, strict=True) if isinstance(frame, Frame)]
    try:
        answers = iter(asking.answers([example for example, _ in whole], [frame for _, frame in whole]))
    except (MissingExtraError, WeightsError):
        raise
    except UltraSamError as error:
        if len(examples) == 1:
            yield _record(examples[0], failed=True, reason=str(error))
            return
        # One image is to blame: the others are asked about by themselves.
        for example, frame in zip(examples, frames, strict=True):
            yield from _asked(asking, [example], [frame])
        return
    for example, frame in zip(examples, frames, strict=True):
        if isinstance(frame, str):
            yield _record(example, failed=True, reason=frame)
        else:
            yield {**_record(example, failed=False), **next(answers)}


def _record(example: Example, *, failed: bool, reason: str = "") -> dict[str, Any]:
    return {
        "image": example.name,
        "path": str(example.path),
        "patient": example.patient,
        "size_hw": list(example.size_hw),
        "failed": failed,
        **({"reason": reason} if failed else {}),
    }


def _frames(examples: Sequence[Example]) -> list[Frame | str]:
    return [_frame(example) for example in examples]


def _frame(example: Example) -> Frame | str:
    """An image's first frame, or why it cannot be used."""
    try:
        with read(example.path, spacing_mm=example.spacing_mm) as opened:
            frame = opened.frame(0)
        if frame.size_hw != tuple(example.size_hw):
            raise ImageError(
                f"Expected an image of {example.size_hw[1]} x {example.size_hw[0]} pixels, but it has "
                f"{frame.size_hw[1]} x {frame.size_hw[0]}."
            )
    except MissingExtraError:
        raise
    except (UltraSamError, OSError) as error:
        return str(error)
    return frame


def _history(model: str | PathLike[str] | Segmenter) -> Path | None:
    """Where the run that made the weights kept its diary."""
    if isinstance(model, Segmenter):
        return None
    place = Path(model)
    found = (place if place.is_dir() else place.parent) / HISTORY
    return found if found.is_file() else None
