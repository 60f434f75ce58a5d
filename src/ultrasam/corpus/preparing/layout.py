"""A source that is not laid out as its data set's converter expects."""

from __future__ import annotations

from ultrasam.corpus.cards.card import Card
from ultrasam.corpus.source import Source
from ultrasam.errors import InputError


class LayoutError(InputError):
    """Nothing in the source fits the layout on the card."""


def layout_error(card: Card, source: Source, reason: str = "") -> LayoutError:
    """What was expected and what was found, side by side."""
    doubt = (
        ""
        if card.is_layout_confirmed
        else (
            "\nThe layout is unconfirmed: it is written down from descriptions, no real file has been seen. "
            "If yours is the genuine distribution, the converter is wrong: please report the list above."
        )
    )
    said = f"\n{reason}" if reason else ""
    return LayoutError(
        f"Expected {card.name} in this layout:\n{_indented(card.layout)}\n"
        f"but found:\n{_indented(source.tree())}{said}{doubt}"
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip("\n").splitlines())
