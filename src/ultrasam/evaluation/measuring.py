"""Evaluation in one call: data sets, a model and protocols in; a run's folder with its reports out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

from ultrasam.corpus import CocoFolder, Skipped
from ultrasam.errors import InputError
from ultrasam.evaluation.automatic import PredictedSets
from ultrasam.evaluation.data import chosen_images
from ultrasam.evaluation.metrics.scores import Tolerances
from ultrasam.evaluation.protocols import AUTOMATIC, parse_protocols
from ultrasam.evaluation.report import write_reports
from ultrasam.evaluation.results import write_results, write_summary_json
from ultrasam.evaluation.run import OnImage, run
from ultrasam.evaluation.settings import DataFacts, ModelFacts, Settings
from ultrasam.evaluation.sources import PromptedModel
from ultrasam.evaluation.summarising import summarise
from ultrasam.evaluation.summary import Summary
from ultrasam.extras import EXTRAS, require
from ultrasam.inference import Segmenter


def evaluate(
    model: Segmenter,
    folders: Sequence[CocoFolder],
    out: str | PathLike[str],
    *,
    protocols: Iterable[str] = ("standard",),
    seed: int = 0,
    limit: int = 0,
    tolerances: Tolerances | None = None,
    name: str | None = None,
    left_out: Sequence[Skipped] = (),
    restart: bool = False,
    on_image: OnImage | None = None,
) -> Summary:
    """Measure a promptable model, or go on with a run that was stopped.

    Args:
        model: the model.
        folders: of :func:`read_folders`.
        out: folder of the run; holds ``results.json``, ``summary.md``, ``report.html`` and more at the end.
        protocols: names of suites and protocols.
        seed: of random prompts.
        limit: images at most per data set; 0: all.
        tolerances: of the normalised surface Dice; 2 pixels and 1 mm by default.
        name: of the model in tables; its title by default.
        left_out: of :func:`read_folders`, for the reports.
        restart: begin anew, whatever is there.
        on_image: is told of progress.

    Raises:
        InputError: an unknown protocol, a model that was fine-tuned to answer without prompts, or a folder that holds
            a run with other settings.
    """
    if model.task is not None:
        raise InputError(
            f"Expected a promptable model for protocols, but these weights were fine-tuned for a {model.task.kind} "
            "task and answer without prompts: their test is in the folder of  ultrasam finetune. Evaluate the weights "
            f"that they were made from ({model.task.initial or 'unknown'}), or their masks with --predictions."
        )
    tolerances = tolerances or Tolerances()
    asked = parse_protocols(protocols)
    source = PromptedModel(model, asked, seed, tolerances)
    titles = {protocol.name: protocol.title for protocol in asked}
    facts = _model_facts(model, name)
    settings = _settings(facts, titles, folders, seed, limit, tolerances)
    run(folders, source, settings, Path(out), left_out=left_out, restart=restart, on_image=on_image)
    return write_outputs(Path(out))


def evaluate_predictions(
    predictions: str | PathLike[str],
    folder: CocoFolder,
    out: str | PathLike[str],
    *,
    seed: int = 0,
    limit: int = 0,
    tolerances: Tolerances | None = None,
    left_out: Sequence[Skipped] = (),
    restart: bool = False,
    on_image: OnImage | None = None,
) -> Summary:
    """Measure predictions that were made without prompts: a file of COCO results for one data set.

    Arguments as in :func:`evaluate`. Predictions for images that the COCO file has not are left out and listed.

    Raises:
        InputError: it is no file of COCO results, not one image of the data set is in it, or the run's folder holds
            a run with other settings.
    """
    tolerances = tolerances or Tolerances()
    path = Path(predictions)
    source = PredictedSets.read(path, tolerances=tolerances)
    facts = ModelFacts(path.stem, f"predictions of {path.name}", "unknown", "unknown", source.sha256, "", 0, "")
    titles = {AUTOMATIC: "no prompt: predictions matched to the annotated objects"}
    settings = _settings(facts, titles, [folder], seed, limit, tolerances)
    left_out = [*left_out, *source.strangers(folder)]
    run([folder], source, settings, Path(out), left_out=left_out, restart=restart, on_image=on_image)
    return write_outputs(Path(out))


def write_outputs(out: Path) -> Summary:
    """Write all files of a run's folder from its records, of an unfinished run too."""
    summary = summarise(out)
    write_results(out)
    write_summary_json(summary, out)
    write_reports(summary, out)
    return summary


def _settings(
    facts: ModelFacts,
    titles: dict[str, str],
    folders: Sequence[CocoFolder],
    seed: int,
    limit: int,
    tolerances: Tolerances,
) -> Settings:
    for package in EXTRAS["evaluate"]:
        # What is missing is said now, not after an hour.
        require(package, needed_for="Evaluations")
    splits = sorted({folder.split for folder in folders})
    if len(splits) != 1:
        raise InputError(f"Expected data sets that were read with one split, but got {splits}.")
    every = AUTOMATIC in titles
    data = tuple(
        DataFacts.of(folder, chosen_images(folder, limit=limit, seed=seed, also_without_objects=every))
        for folder in folders
    )
    return Settings(facts, data, splits[0], titles, seed, tolerances.px, tolerances.mm, limit)


def _model_facts(model: Segmenter, name: str | None) -> ModelFacts:
    checkpoint = model.checkpoint
    title = checkpoint.metadata.get("title", checkpoint.format)
    return ModelFacts(
        name or title,
        title,
        checkpoint.metadata.get("licence", "unknown"),
        checkpoint.metadata.get("training_data", "unknown"),
        checkpoint.sha256,
        checkpoint.pipeline,
        model.input_size,
        model.engine.precision,
        model.engine.backend,
    )
