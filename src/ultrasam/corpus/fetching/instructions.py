"""What to know before a data set is downloaded, and what to do where no program can download it."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

from ultrasam.corpus.cards.card import Card


def licence_notice(card: Card) -> str:
    """The terms of a data set and whom to cite, in a few lines; to be shown before its files are fetched."""
    source = " (according to one secondary source: see the landing page)" if "licence" in card.secondary else ""
    lines = [f"Licence of {card.name}: {card.licence}{source}"]
    if not (card.terms.is_known and card.terms.is_certain):
        lines.append("What it allows is not clear: ask the authors before you publish anything made from it.")
    elif "NC" in card.terms.restrictions:
        lines.append("No commercial use.")
    if "citation" not in card.unknown:
        lines.append(f"Please cite: {card.citation}")
    lines += [f"See {link}" for link in card.links]
    return "\n".join(lines)


def instructions(card: Card, folder: Path) -> str:
    """How to get a data set by hand, and where to put it.

    Args:
        card: of the data set.
        folder: of all downloads; the data set goes into a folder of its name in it.
    """
    place = folder / card.name
    names = f" (usually called {' or '.join(card.archives)})" if card.archives else ""
    confirmed = "" if card.is_layout_confirmed else ", not confirmed by real files"
    return "\n".join(
        (
            f"How to get {card.name} (access: {card.access}):",
            indent(card.how_to_get.strip(), "  "),
            licence_notice(card),
            f"Put the files{names} into {place}. The converter expects, packed or not{confirmed}:",
            indent(card.layout.strip(), "  "),
        )
    )
