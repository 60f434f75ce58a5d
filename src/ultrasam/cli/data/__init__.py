"""``ultrasam data``: the open data sets, from where they are to a corpus to train on."""

import typer

from ultrasam.cli.data import arrange, catalogue, duplicates, fetch, inspect, prepare

app = typer.Typer(
    help="The open data sets of US-43d and others as one corpus: find, fetch, convert, check, split, merge.",
    no_args_is_help=True,
)
app.command("list")(catalogue.list_)
app.command("info")(catalogue.info)
app.command("fetch")(fetch.fetch)
app.command("prepare")(prepare.prepare)
app.command("verify")(inspect.verify)
app.command("stats")(inspect.stats)
app.command("view")(inspect.view)
app.command("split")(arrange.split)
app.command("dedup")(duplicates.dedup)
app.command("merge")(arrange.merge)
app.command("card")(arrange.card)

__all__ = ["app"]
