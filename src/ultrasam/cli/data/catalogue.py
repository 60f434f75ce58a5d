"""Commands about the catalogue: which data sets there are, and what is known about one."""

from __future__ import annotations

import re
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ultrasam.cli.data.choices import AsJson
from ultrasam.cli.terminal import out

if TYPE_CHECKING:
    from ultrasam.corpus.cards.card import Card

CorpusOption = Annotated[
    Path | None,
    typer.Option(
        "--corpus", metavar="DIR", envvar="ULTRASAM_CORPUS", help="Folder of converted data sets: tells which are here."
    ),
]


class Access(str, Enum):
    """How a data set is had: :data:`ultrasam.corpus.cards.card.ACCESS`."""

    open = "open"
    registration = "registration"
    on_request = "on request"


def list_(
    anatomy: Annotated[str | None, typer.Option(metavar="TEXT", help="Only where anatomy or a class has it.")] = None,
    licence: Annotated[str | None, typer.Option(metavar="TEXT", help="Only where the licence has this text.")] = None,
    access: Annotated[Access | None, typer.Option(help="Only those that are had in this way.")] = None,
    commercial_ok: Annotated[
        bool,
        typer.Option(
            "--commercial-ok", help="Only open ones whose licence is known and does not forbid commercial use."
        ),
    ] = False,
    corpus: CorpusOption = None,
    as_json: AsJson = False,
) -> None:
    """List the data sets that can be converted."""
    from ultrasam.cli.data.tables import fitted
    from ultrasam.corpus.cards.catalogue import catalogue
    from ultrasam.corpus.statistics import Table

    cards = [
        card
        for card in catalogue().values()
        if (anatomy is None or _shows(card, anatomy))
        and (licence is None or licence.lower() in card.licence.lower())
        and (access is None or card.access == access.value)
        and (card.is_commercial_ok or not commercial_ok)
    ]
    if as_json:
        out.print_json(data=[{**asdict(card), "here": _here(card, corpus)} for card in cards])
        return
    words = ("licence", "access", "anatomy", "kind")
    rows = []
    for card in cards:
        here = (_here(card, corpus) or "no",) if corpus else ()
        numbers = (marked(card, "images"), marked(card, "patients"), str(len(card.classes)))
        rows.append((card.name, *here, *numbers, _licence(card), card.access, card.anatomy, card.kind))
    columns = ("name", *(("here",) if corpus else ()), "images", "patients", "classes", *words)
    table = Table(f"{len(cards)} data sets", columns, tuple(rows))
    out.print(fitted(table, out.width if out.is_terminal else None, of_words=words))
    out.print("? is not known; * is from one secondary source and not confirmed.")
    out.print("Everything about one of them:  ultrasam data info NAME")


def info(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set, see 'ultrasam data list'.")],
    as_json: AsJson = False,
) -> None:
    """Show the card of a data set: what it is, how to get it, what is wrong with it and what is done about it."""
    from rich.table import Table

    from ultrasam.corpus.cards.catalogue import find_card

    card = find_card(name)
    if as_json:
        out.print_json(data=asdict(card))
        return
    out.print(f"[bold]{card.name}[/bold]: {card.title}")
    facts = Table.grid(padding=(0, 2))
    for label, text in _facts(card).items():
        if text:
            facts.add_row(label, text)
    out.print(facts)
    classes = Table("class", "how the source marks it", "structure", "organ", title="Classes", title_justify="left")
    for entry in card.classes:
        classes.add_row(entry.name, entry.label, entry.structure, entry.organ)
    out.print(classes)
    out.print("\n[bold]How to get it[/bold]")
    out.print(card.how_to_get.strip(), markup=False)
    sure = "seen in real files" if card.is_layout_confirmed else "unconfirmed: no real file has been seen"
    out.print(f"\n[bold]Layout[/bold] ({sure})")
    out.print(card.layout.strip("\n"), markup=False)
    if card.flaws:
        out.print("\n[bold]Known flaws[/bold]")
    for flaw in card.flaws:
        out.print(f"- {flaw.what}", markup=False)
        out.print(f"  {'Mended' if flaw.is_fixed else 'Stays'}: {flaw.answer}", markup=False)


def marked(card: Card, attribute: str) -> str:
    """An attribute of a card as text: ``?`` where it is unknown, ``*`` behind it where it is not confirmed."""
    value = getattr(card, attribute)
    if value is None or (attribute in card.unknown and not value):
        return "?"
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text + ("*" if attribute in card.secondary else "") + (" ?" if attribute in card.unknown else "")


def _licence(card: Card) -> str:
    """The licence in a word or two; ``info`` has all that is said about it."""
    terms, mark = card.terms, "*" if "licence" in card.secondary else ""
    # The words before the first sign that more is said, where the licence has no short name.
    first_words = re.split(r"[;,:(]", card.licence, maxsplit=1)[0].strip()
    if not terms.is_known and re.match("not|no|none|unknown", first_words):
        return "not known"
    name = terms.name or first_words
    is_disputed = terms.name and not (terms.is_known and terms.is_certain)
    return f"{name}, disputed{mark}" if is_disputed else f"{name}{mark}"


def _facts(card: Card) -> dict[str, str]:
    labels = card.labels or {}
    return {
        "anatomy": marked(card, "anatomy"),
        "kind": card.kind,
        "application": card.application,
        "images": marked(card, "images"),
        "patients": marked(card, "patients"),
        "counts": marked(card, "counts"),
        "licence": marked(card, "licence"),
        "access": marked(card, "access"),
        "split": marked(card, "split"),
        "labels": "; ".join(f"{name}: {text}" for name, text in labels.items()),
        "citation": card.citation,
        "doi": card.doi,
        "links": " ".join(card.links),
        "duplicate of": card.duplicate_of,
        "also called": ", ".join(card.aliases),
        "not known": ", ".join(card.unknown),
        "not confirmed (*)": ", ".join(card.secondary),
    }


def _shows(card: Card, text: str) -> bool:
    words: list[Any] = [card.anatomy, card.application]
    words += [word for entry in card.classes for word in (entry.name, entry.structure, entry.organ)]
    return any(text.lower() in str(word).lower() for word in words)


def _here(card: Card, corpus: Path | None) -> str:
    """``"1,875 images"`` where a data set is converted; empty where it is not."""
    from ultrasam.corpus.coco.finding import FACTS_NAME, read_facts

    if corpus is None or not (corpus / card.name / FACTS_NAME).is_file():
        return ""
    return f"{int(read_facts(corpus / card.name / 'coco.json').get('images', 0)):,} images"
