"""A promptable model for one's own structures: trained further, and compared with what it was before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ultrasam.downstream.data import ExampleSet
from ultrasam.downstream.data.writing import write_coco_folder
from ultrasam.errors import InputError
from ultrasam.evaluation.comparison import Comparison, compare
from ultrasam.evaluation.data import read_folders
from ultrasam.evaluation.measuring import evaluate
from ultrasam.evaluation.report import write_comparison
from ultrasam.evaluation.run import OnImage
from ultrasam.files import written_whole
from ultrasam.inference import load
from ultrasam.training import Recipe, TrainingResult, train
from ultrasam.training.callbacks.history import OnProgress

#: In a run's folder: the data as they are trained on, and the test.
DATA, TEST = "data", "test"
_SHA256 = "data.sha256"
BEFORE, AFTER = "before", "after"
#: What the models are asked.
PROTOCOLS = ("point-interior", "box", "box-shift-15", "clicks-5")


@dataclass(frozen=True)
class Adaptation:
    """What came of it.

    Attributes:
        training: the run.
        comparison: of the model after and before on the test images; None where training is not complete, or there
            is no test image.
    """

    training: TrainingResult
    comparison: Comparison | None


def adapt(
    recipe: Recipe,
    examples: ExampleSet,
    out: str | os.PathLike[str],
    *,
    protocols: Sequence[str] = PROTOCOLS,
    max_seconds: float | None = None,
    restart: bool = False,
    on_progress: OnProgress | None = None,
    on_embedding: Callable[[int, int], None] | None = None,
    on_test: OnImage | None = None,
) -> Adaptation:
    """Train a promptable model further on one's own objects, and measure what it gained.

    Args:
        recipe: of the training; its ``data.folders`` are replaced by ``out/data``, where the examples are written.
        examples: images with objects, in parts.
        out: folder of the run, as :func:`~ultrasam.training.train` writes it, with ``test/`` for the comparison.
        protocols: what both models are asked about each test object.
        max_seconds: end in good order this time after the call; the same call goes on.
        restart: begin anew, whatever is in the folder.
        on_progress: is told after each step.
        on_embedding: is told of images embedded, and of how many, where the encoder is frozen.
        on_test: is told of images that a model was asked about, before and after, each as a data set of its own.

    Raises:
        InputError: the data, or a folder with a run of another recipe or of other data.
        TrainingError: the loss or its gradient is no number any more.
    """
    folder = Path(out)
    data = _written(examples, folder / DATA, restart=restart)
    own = recipe.data.model_copy(update={"folders": (str(data),)})
    result = train(
        recipe.model_copy(update={"data": own}),
        folder,
        max_seconds=max_seconds,
        restart=restart,
        on_progress=on_progress,
        on_embedding=on_embedding,
    )
    if result.stopped is not None or result.weights is None or not examples.part("test"):
        return Adaptation(result, None)
    folders, left_out = read_folders([data], "test")
    after = load(result.weights)
    before = load(recipe.model.weights, input_size=after.input_size)
    runs = {AFTER: (after, folder.name), BEFORE: (before, recipe.model.weights)}
    for place, (model, name) in runs.items():
        evaluate(
            model,
            folders,
            folder / TEST / place,
            protocols=protocols,
            name=name,
            left_out=left_out,
            restart=restart,
            on_image=None if on_test is None else partial(_told, on_test, place),
        )
    comparison = compare([folder / TEST / place for place in runs])
    write_comparison(comparison, folder / TEST)
    return Adaptation(result, comparison)


def _told(on_test: OnImage, place: str, dataset: str, done: int, of: int) -> None:
    on_test(f"{dataset}, {place}", done, of)


def _written(examples: ExampleSet, folder: Path, *, restart: bool) -> Path:
    """The examples as a COCO folder, which is written once."""
    mark = folder.with_name(_SHA256)
    known = mark.read_text(encoding="ascii").strip() if mark.is_file() else None
    if folder.exists():
        if known == examples.sha256:
            return folder
        if known is None:
            raise InputError(
                f"Expected a folder for the run without {folder.name}/, where its data are written, but {folder} is "
                "there, and no run wrote it: give another folder."
            )
        if not restart:
            raise InputError(
                f"Expected the data that the run in {folder.parent} began with, but they are others: give the same "
                "data, another folder for the run, or --restart."
            )
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(mark) as temporary:
        temporary.write_text(examples.sha256 + "\n", encoding="ascii")
    write_coco_folder(examples, folder)
    return folder
