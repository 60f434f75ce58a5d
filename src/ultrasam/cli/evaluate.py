"""``ultrasam evaluate``: how well a model outlines, protocol by protocol; and the comparison of such runs."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.choices import Dtype, PipelineName
from ultrasam.cli.terminal import err, out, progress_bar
from ultrasam.errors import InputError

if TYPE_CHECKING:
    from ultrasam.corpus import CocoFolder
    from ultrasam.evaluation.metrics.scores import Tolerances
    from ultrasam.evaluation.protocols import Protocol
    from ultrasam.evaluation.settings import ModelFacts
    from ultrasam.evaluation.sources import Source
    from ultrasam.evaluation.summary import Summary

app = typer.Typer(help="Measure a model on annotated images, protocol by protocol; compare runs.")


@app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            metavar="DIR|JSON",
            help="A COCO folder (coco.json and images/), a COCO file, or a folder of such folders. Repeat it for more.",
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="Which split: test, val, train, all.")] = "test",
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="NAME|FILE", help="Weights: see 'ultrasam weights list'."),
    ] = None,
    protocol: Annotated[
        list[str] | None,
        typer.Option(
            "--protocol",
            "-p",
            metavar="NAME",
            help="Suites and protocols, repeated or joined by commas: see 'ultrasam evaluate protocols'. "
            "Default: standard.",
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder of the run.")] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="JSON", help="Instead of a model: COCO results, matched to the annotated objects."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of random points and boxes.")] = 0,
    limit: Annotated[
        int, typer.Option(metavar="N", min=0, help="At most N images of each data set, chosen at random. 0: all.")
    ] = 0,
    tolerance_px: Annotated[
        float, typer.Option(min=0, metavar="PX", help="Of the normalised surface Dice, in pixels.")
    ] = 2.0,
    tolerance_mm: Annotated[
        float, typer.Option(min=0, metavar="MM", help="The same in mm, where images are calibrated.")
    ] = 1.0,
    pipeline: Annotated[
        PipelineName | None,
        typer.Option(help="For MedSAM weights from a file, which look like SAM's: medsam."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    dtype: Annotated[Dtype, typer.Option(help="Number format of the network.")] = Dtype.float32,
    input_size: Annotated[
        int, typer.Option(metavar="N", help="Side of the network's input, a multiple of 64; smaller is faster.")
    ] = 1024,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew instead of going on.")] = False,
) -> None:
    """Measure a model on annotated images.

    Writes results.json, summary.md, tables.tex and report.html. A run that was stopped goes on where it was: give
    the same command again.
    """
    if context.invoked_subcommand is not None:
        return
    if not data or output is None:
        raise InputError("Expected --data DIR and --out DIR: what to measure on, and where to write the run.")
    from ultrasam.evaluation.metrics.scores import Tolerances
    from ultrasam.evaluation.protocols import AUTOMATIC, parse_protocols
    from ultrasam.evaluation.run import chosen_images, run
    from ultrasam.evaluation.settings import DataFacts, Settings

    tolerances = Tolerances(tolerance_px, tolerance_mm)
    folders = _read_data(data, split)
    if predictions is not None:
        if model is not None or protocol:
            raise InputError("Expected either --predictions or --model with --protocol, but got both.")
        source, facts = _predictions(predictions, tolerances)
        titles = {AUTOMATIC: "without a prompt: predictions matched to the annotated objects"}
    else:
        protocols = parse_protocols(name for text in protocol or ["standard"] for name in _words(text))
        source, facts = _model(model, protocols, seed, tolerances, pipeline, device, dtype, input_size)
        titles = {p.name: p.title for p in protocols}
    about_data = tuple(
        DataFacts(
            folder.name,
            str(folder.annotation_file),
            folder.sha256,
            str(folder.facts.get("licence", "not stated")),
            len(chosen_images(folder, limit=limit, seed=seed)),
        )
        for folder in folders
    )
    settings = Settings(facts, about_data, split, titles, seed, tolerance_px, tolerance_mm, limit)

    # A job that is told to end (SIGTERM) ends as if by Ctrl-C: what is done is kept.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with progress_bar() as progress:
        total = sum(facts.images for facts in settings.data)
        bar = progress.add_task("Evaluating", total=total)
        done: dict[str, int] = {}

        def on_image(dataset: str, count: int, of: int) -> None:
            if dataset not in done and count:
                # Images of a former run are no measure of the time that is left.
                progress.update(bar, total=(progress.tasks[bar].total or 0) - count)
            else:
                progress.advance(bar, count - done.get(dataset, 0))
            done[dataset] = count
            progress.update(bar, description=f"{dataset} {count} of {of}")
            if count == of and not err.is_terminal:
                err.print(f"{dataset}: {of} images done", markup=False)

        try:
            run(folders, source, settings, output, restart=restart, on_image=on_image)
        except KeyboardInterrupt:
            err.print(f"ultrasam: stopped after {sum(done.values())} of {total} images; the same command goes on.")
            raise typer.Exit(130) from None
    _report(output)


@app.command("report")
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
) -> None:
    """Write the reports of a run anew, of an unfinished one too."""
    _report(folder)


@app.command("rescore")
def rescore(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    tolerance_px: Annotated[float | None, typer.Option(min=0, metavar="PX", help="Another tolerance.")] = None,
    tolerance_mm: Annotated[float | None, typer.Option(min=0, metavar="MM", help="Another tolerance.")] = None,
) -> None:
    """Compute all scores of a run anew from its stored masks, without the model and the images."""
    from ultrasam.evaluation.rescore import rescore as compute

    with progress_bar() as progress:
        bar = progress.add_task("Scoring", total=None)
        compute(folder, tolerance_px, tolerance_mm, on_image=lambda: progress.advance(bar))
    _report(folder)


@app.command("compare")
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs, two or more.")],
    output: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Where to write comparison.md, .tex and .html."),
    ] = None,
) -> None:
    """Put runs side by side, with significance, and beside published numbers."""
    from ultrasam.evaluation.compare import compare as compare_runs
    from ultrasam.evaluation.report import comparison_markdown, write_comparison
    from ultrasam.evaluation.settings import is_run

    # runs/* also names what is no run: a former comparison, a stray file.
    runs = [folder for folder in folders if is_run(folder)]
    for folder in folders:
        if folder not in runs:
            err.print(f"Left out: {folder} holds no run.", style="yellow", markup=False)
    comparison = compare_runs(runs)
    out.print(comparison_markdown(comparison), markup=False)
    if output is not None:
        write_comparison(comparison, output)
        err.print(f"Written: {output / 'comparison.html'}, comparison.md, comparison.tex", markup=False)


@app.command("protocols")
def protocols() -> None:
    """List suites and protocols."""
    from rich.table import Table

    from ultrasam.evaluation.protocols import SUITES, known_protocols, parse_protocols

    for suite, names in SUITES.items():
        table = Table("protocol", "what is asked", title=f"--protocol {suite}", title_justify="left")
        for protocol in parse_protocols(names):
            table.add_row(protocol.name, protocol.title)
        out.print(table)
    out.print(
        f"Any other: {', '.join(known_protocols())}; K is a number of points or clicks, P a percentage. "
        "With @one-pass or @refined behind it, the decoder runs once, or twice with the first mask given back.",
        markup=False,
    )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _read_data(paths: list[Path], split: str) -> list[CocoFolder]:
    """The data sets that have the split; the others are named."""
    from ultrasam.corpus import CocoFolder, NoSuchSplitError, find_coco

    folders: list[CocoFolder] = []
    without: list[NoSuchSplitError] = []
    for file in dict.fromkeys(file for path in paths for file in find_coco(path)):
        try:
            folder = CocoFolder.read(file, split=split)
        except NoSuchSplitError as error:
            without.append(error)
            continue
        twin = next((other for other in folders if other.name == folder.name), None)
        if twin is not None:
            raise InputError(
                f"Expected data sets of different names, but {twin.annotation_file} and {file} are both {folder.name}."
            )
        folders.append(folder)
    if not folders and len(without) == 1:
        raise without[0]
    for error in without:
        err.print(f"Left out: {error}", style="yellow", markup=False)
    empty = [folder for folder in folders if not any(image.instances for image in folder.images)]
    for folder in empty:
        reason = f": {folder.skipped[0].reason}" if folder.skipped else ""
        err.print(f"Left out: {folder.name} has no usable annotated image in {split}{reason}", style="yellow")
    folders = [folder for folder in folders if folder not in empty]
    if not folders:
        raise InputError(f"Expected annotated images of the split {split}, but there are none in the data given.")
    return folders


def _model(
    name: str | None,
    protocols: list[Protocol],
    seed: int,
    tolerances: Tolerances,
    pipeline: PipelineName | None,
    device: str,
    dtype: Dtype,
    input_size: int,
) -> tuple[Source, ModelFacts]:
    from ultrasam.evaluation.settings import ModelFacts
    from ultrasam.evaluation.sources import PromptedModel
    from ultrasam.inference.segmenter import load
    from ultrasam.weights import DEFAULT

    segmenter = load(
        name or DEFAULT,
        device=device,
        dtype=dtype.value,
        input_size=input_size,
        pipeline=None if pipeline is None else pipeline.value,
    )
    checkpoint = segmenter.checkpoint
    facts = ModelFacts(
        name or DEFAULT,
        str(checkpoint.metadata.get("title", checkpoint.format)),
        str(checkpoint.metadata.get("licence", "unknown")),
        str(checkpoint.metadata.get("training_data", "unknown")),
        checkpoint.sha256,
        checkpoint.pipeline,
        input_size,
        dtype.value,
    )
    return PromptedModel(segmenter, protocols, seed, tolerances), facts


def _predictions(path: Path, tolerances: Tolerances) -> tuple[Source, ModelFacts]:
    from ultrasam.evaluation.automatic import PredictedSets
    from ultrasam.evaluation.settings import ModelFacts

    source = PredictedSets.read(path, tolerances=tolerances)
    return source, ModelFacts(path.stem, f"predictions of {path.name}", "unknown", "unknown", source.sha256, "", 0, "")


def _report(folder: Path) -> None:
    """Write all outputs of a run and print its main table."""
    from ultrasam.evaluation.report import write_reports
    from ultrasam.evaluation.results import write_results, write_summary_json
    from ultrasam.evaluation.summary import summarise

    summary = summarise(folder)
    write_results(folder)
    write_summary_json(summary, folder)
    write_reports(summary, folder)
    _print(summary)
    names = "report.html, summary.md, summary.json, tables.tex, results.json"
    out.print(f"Written to {folder}: {names}", markup=False)


def _print(summary: Summary) -> None:
    from rich.table import Table

    names = list(summary.settings.protocols)
    table = Table("Dice", *names, title=f"{summary.settings.model.title}, split {summary.settings.split}")
    for dataset in summary.datasets:
        found = [dataset.result(name) for name in names]
        table.add_row(dataset.name, *("–" if r is None else f"{r.estimates['dice'].mean:.3f}" for r in found))
    last = {result.protocol: result.macro["dice"].mean for result in summary.overall}
    if len(summary.datasets) > 1:
        table.add_row("mean of the sets", *(f"{last[name]:.3f}" for name in names))
    out.print(table)
    skipped = sum(len(dataset.skipped) for dataset in summary.datasets)
    if skipped:
        out.print(f"{skipped} images or annotations were left out: results.json lists them with the reasons.")
    spent = sum(summary.seconds.values())
    network = summary.seconds.get("encode", 0) + summary.seconds.get("decode", 0)
    if network:
        out.print(f"Time: {spent:,.0f} s, {network / spent:.0%} of it in the encoder and the decoder.")
    if not summary.complete:
        err.print("The run is not complete: the numbers are of the images done so far.", style="yellow")
