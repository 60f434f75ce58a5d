"""``ultrasam classify``: files in; the class of each image, or of each marked object, out."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ultrasam import __version__
from ultrasam.cli.choices import (
    Backend,
    BackendOption,
    CompiledOption,
    DeviceOption,
    FilesArgument,
    FrameOption,
    InputSizeOption,
    Precision,
    PrecisionOption,
)
from ultrasam.cli.loading import load_model
from ultrasam.cli.progress import FileProgress
from ultrasam.cli.segment import describe_done
from ultrasam.cli.tasks import file_tasks
from ultrasam.cli.terminal import end_as_by_ctrl_c, err, out, progress_bar, say
from ultrasam.errors import InputError

if TYPE_CHECKING:
    from ultrasam.inference.batch import FileFailure, FileTask
    from ultrasam.inference.classifier import Classifier
    from ultrasam.inference.segmenter import Segmenter

#: Classes whose probabilities are shown to people.
_SHOWN = 3


def classify(
    files: FilesArgument = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="DIR|FILE", help="The folder of 'ultrasam finetune classify'."),
    ] = None,
    box: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X0,Y0,X1,Y1", help="A box around the object to classify, for models that were fine-tuned so."
        ),
    ] = None,
    point: Annotated[
        list[str] | None,
        typer.Option(metavar="X,Y[,-]", help="A point inside that object or, with ',-', outside it."),
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A mask of that object, of the image's size.")
    ] = None,
    prompts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="prompts.json: many objects in many files (docs/segment.md)."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write a table too: .csv, or .json with all facts."),
    ] = None,
    frame: FrameOption = None,
    device: DeviceOption = "auto",
    backend: BackendOption = Backend.torch,
    precision: PrecisionOption = Precision.fp32,
    compiled: CompiledOption = False,
    input_size: InputSizeOption = None,
    cache: Annotated[bool, typer.Option(help="Keep image embeddings, so that no image is encoded twice.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Say which class images have, or read values off them, by a model of 'ultrasam finetune classify'."""
    if model is None:
        raise InputError("Expected --model DIR: the folder that  ultrasam finetune classify  wrote.")
    if output is not None and output.suffix.lower() not in (".csv", ".json"):
        raise InputError(f"Expected --out with a file that ends in .csv or .json, but got {output}.")
    tasks = file_tasks(files or [], box or [], point or [], mask, prompts, None, needs_prompts=False)

    from ultrasam.inference.batch import FileFailure, classify_files
    from ultrasam.inference.output_records import class_record

    loaded = load_model(
        model,
        pipeline=None,
        device=device,
        backend=backend,
        precision=precision,
        compiled=compiled,
        input_size=input_size,
        cache=cache,
    )
    classifier = _classifier(loaded, tasks)
    width = max(len(str(task.path)) for task in tasks)
    records: list[dict[str, Any]] = []
    failures: list[FileFailure] = []
    end_as_by_ctrl_c()
    stopped = False
    with progress_bar(quiet=as_json) as progress:
        bar = FileProgress(progress, "Classifying", len(tasks))
        try:
            with closing(classify_files(classifier, tasks, frames=frame, on_plan=bar.plan)) as results:
                for result in results:
                    bar.advance()
                    if isinstance(result, FileFailure):
                        failures.append(result)
                        err.print(f"{result.path}: {result.reason}", style="red", markup=False)
                        continue
                    for number, answer in zip(result.objects, result.answers, strict=True):
                        records.append(class_record(result, number, answer))
                        if not as_json:
                            say(progress, describe(records[-1], width))
        except KeyboardInterrupt:
            stopped = True
    document = _document(classifier, tasks, records, failures)
    if output is not None:
        _write(output, document)
    if as_json:
        out.print_json(json.dumps(document))
    else:
        done = len(tasks) - len(failures) - len(document["not_done"])
        written = f"; table in {output}" if output else ""
        out.print(f"{describe_done(done, len(tasks), classifier)}{written}", markup=False)
    if stopped:
        err.print("ultrasam: stopped.")
        raise typer.Exit(130)
    if failures:
        raise typer.Exit(2)


def describe(record: dict[str, Any], width: int = 0) -> str:
    """One answer as a line for people.

    Args:
        record: of :func:`~ultrasam.inference.output_records.class_record`.
        width: characters of the longest file name, so that the lines are a table.
    """
    parts = [record["file"].ljust(width)]
    if record["frames"] != 1:
        parts.append(f"frame {record['frame']} of {record['frames']}")
    if record["prompt"] is not None:
        parts.append(record["name"] or f"object {record['object']}")
    if "values" in record:
        return "  ".join([*parts, *(f"{name} {value:.4g}" for name, value in record["values"].items())])
    likely = sorted(record["probabilities"].items(), key=lambda item: -item[1])[:_SHOWN]
    parts.append(", ".join(record["labels"]) or "none" if "labels" in record else record["label"])
    return "  ".join([*parts, f"({', '.join(f'{name} {100 * share:.1f} %' for name, share in likely)})"])


def _classifier(model: Segmenter, tasks: list[FileTask]) -> Classifier:
    """The model, once it is clear that it classifies, and what."""
    from ultrasam.inference.classifier import Classifier

    if not isinstance(model, Classifier):
        raise InputError(
            "Expected a model of  ultrasam finetune classify, but these weights outline structures: see  ultrasam "
            "segment."
        )
    model.check_prompts(prompted=bool(tasks[0].prompts))
    return model


def _document(
    classifier: Classifier, tasks: list[FileTask], records: list[dict[str, Any]], failures: list[FileFailure]
) -> dict[str, Any]:
    from ultrasam.inference.output_records import describe_model

    known = {record["file"] for record in records} | {str(failure.path) for failure in failures}
    return {
        "ultrasam": __version__,
        "model": describe_model(classifier),
        "results": records,
        "failed": [{"file": str(failure.path), "reason": failure.reason} for failure in failures],
        "not_done": [str(task.path) for task in tasks if str(task.path) not in known],
    }


def _write(path: Path, document: dict[str, Any]) -> None:
    from ultrasam.files import written_whole

    text = json.dumps(document, indent=1, ensure_ascii=False) if path.suffix.lower() == ".json" else _table(document)
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(text)


def _table(document: dict[str, Any]) -> str:
    """One row per answer: file, frame, object, its class, and a column for each probability or value."""
    classes = document["model"]["classes"]
    is_regression = document["model"]["task"] == "regression"
    head = ["file", "frame", "object", "name"]
    head += classes if is_regression else ["label", *(f"p_{name}" for name in classes)]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(head)
    for record in document["results"]:
        row = [record["file"], record["frame"], record["object"], record["name"] or ""]
        if not is_regression:
            row.append(";".join(record["labels"]) if "labels" in record else record["label"])
        numbers = record["values" if is_regression else "probabilities"]
        writer.writerow([*row, *(f"{numbers[name]:.6g}" for name in classes)])
    return table.getvalue()
