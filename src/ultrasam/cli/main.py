"""The ``ultrasam`` command. Commands import what they need when they run, so that ``--help`` is quick."""

from __future__ import annotations

import logging
import sys

import typer

from ultrasam import __version__
from ultrasam.allocation import keep_freed_memory
from ultrasam.cli import (
    benchmark,
    classify,
    data,
    doctor,
    evaluate,
    export,
    finetune,
    measure,
    segment,
    serve,
    train,
    weights,
)
from ultrasam.cli.terminal import err, out
from ultrasam.errors import UltraSamError

app = typer.Typer(
    name="ultrasam",
    help="Promptable segmentation of ultrasound: a file and a point, a box or a mask in; outlines and millimetres out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("segment")(segment.segment)
app.command("classify")(classify.classify)
app.command("measure")(measure.measure)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("benchmark")(benchmark.benchmark)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(data.app, name="data")
app.command("train")(train.train)
app.add_typer(finetune.app, name="finetune")
app.add_typer(weights.app, name="weights")
app.add_typer(export.app, name="export")


def _version(show: bool) -> None:
    if show:
        out.print(f"ultrasam {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line; a foreseen failure is one line on stderr and exit code 2."""
    keep_freed_memory()
    logging.basicConfig(format="%(message)s")
    try:
        app()
    except UltraSamError as error:
        err.print(f"ultrasam: {error}", style="red", markup=False)
        sys.exit(2)
    except OSError as error:
        # What the rooms do not foresee of disks and permissions: full, read-only, taken away.
        err.print(f"ultrasam: {error}", style="red", markup=False)
        sys.exit(2)
    except SystemExit as stop:
        # What Typer makes of Ctrl-C; commands that say themselves what they stopped at leave without this cause.
        if isinstance(getattr(stop.__context__, "__cause__", None), KeyboardInterrupt):
            err.print("ultrasam: stopped.")
        raise
