"""``ultrasam weights``: which weights there are, get them, check them, convert them, describe them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from ultrasam.cli.choices import Dtype, PipelineName
from ultrasam.cli.terminal import err, out
from ultrasam.errors import WeightsError

if TYPE_CHECKING:
    from ultrasam.weights import Verification, WeightsEntry

app = typer.Typer(
    help="Trained weights: list, show, download, verify, convert, describe.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")]


@app.command("list")
def list_weights(as_json: AsJson = False) -> None:
    """List the weights that have a name."""
    from ultrasam.weights import DEFAULT, entries

    if as_json:
        out.print_json(data=[_facts(entry) for entry in entries()])
        return
    table = Table(box=None, header_style="bold")
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("what")
    table.add_column("size", no_wrap=True, justify="right")
    table.add_column("input", no_wrap=True, justify="right")
    table.add_column("licence", no_wrap=True)
    table.add_column("here", no_wrap=True)
    for entry in entries():
        side = f"{entry.input_size} px"
        table.add_row(entry.name, entry.title, _size(entry.size_bytes), side, entry.licence, _state(entry))
    out.print(table)
    out.print(f"\nThe default is {DEFAULT}. Files of known formats work too: ultrasam weights show FILE", style="dim")


@app.command()
def show(
    weights: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A name of the list, or a file.")],
    as_json: AsJson = False,
) -> None:
    """Show origin, licence, training data and citation of weights; for a file, what it holds."""
    from ultrasam.weights import find_entry, resolve

    entry = find_entry(weights)
    _print_facts(_facts(entry) if entry else _contents(resolve(weights)), as_json=as_json)


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="A name of the list, or OWNER/REPOSITORY of the Hugging Face hub.")],
    timeout: Annotated[float, typer.Option(metavar="S", help="Longest silence of the server, in seconds.")] = 30.0,
) -> None:
    """Download weights into the cache; an interrupted download goes on where it broke off."""
    from ultrasam.weights import download as fetch_weights
    from ultrasam.weights import download_from_hub, get_entry, is_hub_id, verify

    if is_hub_id(name):
        err.print(f"The licence of {name} stands in its repository on the Hugging Face hub.", markup=False)
        out.print(str(download_from_hub(name)), markup=False)
        return
    entry = get_entry(name)
    if entry.bundled:
        out.print(f"{entry.name} comes with the package: there is nothing to download.")
        return
    _say_licence(entry.licence, entry.notes)
    with _byte_progress() as progress:
        bar = progress.add_task(entry.name, total=entry.size_bytes)
        path = fetch_weights(
            name,
            timeout_s=timeout,
            progress=lambda done, total: progress.update(bar, completed=done, total=total),
        )
    out.print(str(path), markup=False)
    if entry.sha256 is None:
        err.print(
            f"No hash of {entry.name} is published. SHA-256 of this download, recorded beside it: "
            f"{verify(name).sha256}",
            markup=False,
        )


@app.command()
def verify(
    weights: Annotated[
        str | None,
        typer.Argument(metavar="NAME|FILE", help="A name or a file; left out, everything that is here."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that weights are what was published (or what was first downloaded)."""
    from ultrasam.weights import entries, path_of
    from ultrasam.weights import verify as check

    names = [weights] if weights else [entry.name for entry in entries() if path_of(entry).is_file()]
    results = {name: check(name) for name in names}
    for result in results.values():
        if result.matches is None:
            # Without a hash, that the file can be read is all that can be checked.
            from ultrasam.weights import read_checkpoint

            read_checkpoint(result.path)
    rows = [
        {
            "weights": name,
            "path": str(result.path),
            "sha256": result.sha256,
            "expected": result.expected,
            "expected_source": result.source,
            "matches": result.matches,
        }
        for name, result in results.items()
    ]
    if as_json:
        out.print_json(data=rows)
    else:
        for name, result in results.items():
            out.print(f"{name}: {_verdict(result)}", markup=False)
    damaged = [name for name, result in results.items() if result.matches is False]
    if damaged:
        raise WeightsError(
            f"Expected unchanged weights, but {', '.join(damaged)} differ from what they should be: "
            "download them again with  ultrasam weights download NAME"
        )


@app.command()
def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="A name, a file, or a Hugging Face folder.")],
    target: Annotated[Path, typer.Argument(metavar="OUT.safetensors", help="The file to write.")],
    dtype: Annotated[Dtype, typer.Option(help="Number format; float16 halves the size.")] = Dtype.float32,
    pipeline: Annotated[
        PipelineName | None,
        typer.Option(help="How images are prepared; for MedSAM files, which look like SAM's: medsam."),
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Licence to write into the file, where the source does not say.")
    ] = None,
) -> None:
    """Convert any known checkpoint into one safetensors file that says what it is."""
    from dataclasses import replace

    import torch

    from ultrasam.weights import load_network, write_checkpoint

    # Loading proves that the file is complete before it is passed on.
    _, checkpoint = load_network(source, pipeline=pipeline.value if pipeline else None)
    if licence:
        checkpoint = replace(checkpoint, metadata={**checkpoint.metadata, "licence": licence})
    write_checkpoint(target, checkpoint, getattr(torch, dtype.value))
    _say_licence(checkpoint.metadata.get("licence"), "")
    out.print(
        f"{target}: {checkpoint.format}, pipeline {checkpoint.pipeline}, input {checkpoint.input_size} px, "
        f"{_size(target.stat().st_size)}",
        markup=False,
    )


@app.command()
def card(
    weights: Annotated[str, typer.Argument(metavar="FILE", help="Weights that ultrasam trained.")],
    output: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="MODEL_CARD.md", help="The file to write; else it is printed.")
    ] = None,
) -> None:
    """Write the model card of trained weights: data, licence, recipe, results, limits."""
    from ultrasam.extras import EXTRAS, check_installed

    check_installed(*EXTRAS["train"], needed_for="Model cards")

    from ultrasam.training.model_card import model_card, write_model_card
    from ultrasam.weights import read_checkpoint, resolve

    path = resolve(weights)
    if output is None:
        out.print(model_card(read_checkpoint(path), path.name), markup=False, end="")
        return
    write_model_card(output, path)
    out.print(str(output), markup=False)


def _facts(entry: WeightsEntry) -> dict[str, Any]:
    from dataclasses import asdict

    from ultrasam.weights import path_of

    path = path_of(entry)
    return {**asdict(entry), "state": _state(entry), "path": str(path) if path.exists() else None}


def _contents(path: Path) -> dict[str, Any]:
    from dataclasses import asdict

    from ultrasam.weights import read_checkpoint

    checkpoint = read_checkpoint(path)
    return {
        "path": str(path),
        "format": checkpoint.format,
        "pipeline": checkpoint.pipeline,
        "input_size": checkpoint.input_size,
        "values": checkpoint.parameter_count,
        "mask_prompts": checkpoint.takes_mask_prompts,
        "licence": "unknown",
        **checkpoint.metadata,
        "sha256": checkpoint.sha256,
        "config": asdict(checkpoint.config),
    }


def _print_facts(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        out.print_json(data=facts)
        return
    for name, value in facts.items():
        lines = value if isinstance(value, tuple) else [value]
        for line in lines:
            if line not in (None, ""):
                out.print(f"[bold]{name.replace('_', ' '):<14}[/bold] {escape(str(line))}")


def _state(entry: WeightsEntry) -> str:
    from ultrasam.weights import path_of

    if entry.bundled:
        return "bundled"
    return "downloaded" if path_of(entry).is_file() else "not here"


def _size(size_bytes: int | None) -> str:
    return "" if size_bytes is None else f"{size_bytes / 1e6:,.0f} MB"


def _verdict(result: Verification) -> str:
    if result.matches is None:
        return f"readable, but no hash is known to compare with; SHA-256 {result.sha256}"
    if result.matches:
        return f"ok ({result.source} SHA-256 {result.sha256})"
    return f"damaged: SHA-256 {result.sha256} in place of the {result.source} {result.expected}"


def _say_licence(licence: str | None, notes: str) -> None:
    text = f"Licence: {licence}. {notes}" if licence else "Licence: unknown. Give it with --licence if you know it."
    err.print(text.strip(), style="yellow", markup=False)


def _byte_progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
