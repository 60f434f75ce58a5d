"""``ultrasam finetune``: a network for one's own task, from one's own annotated images."""

from __future__ import annotations

import typer

from ultrasam.cli.finetune.classify import classify
from ultrasam.cli.finetune.prompt import prompt
from ultrasam.cli.finetune.segment import segment

app = typer.Typer(
    help="Make a network for your own task: outlines or classes without prompts, or better answers to prompts.",
    no_args_is_help=True,
)
for command in (segment, classify, prompt):
    app.command(command.__name__)(command)
