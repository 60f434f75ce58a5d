"""All cards that the package comes with."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path

from ultrasam.corpus.cards.card import Card
from ultrasam.errors import InputError

_CARDS = Path(__file__).parents[1] / "catalog"


@cache
def catalogue() -> dict[str, Card]:
    """The cards by name: US-43d in its order, then the others."""
    cards = [Card.read(path) for path in sorted(_CARDS.glob("*.toml"))]
    cards.sort(key=lambda card: (card.number is None, card.number or 0, card.name))
    return {card.name: card for card in cards}


def find_card(name: str) -> Card:
    """The card of a data set, by its name or an alias, in any case.

    Raises:
        InputError: there is none; names the nearest.
    """
    names = {known.lower(): card for card in catalogue().values() for known in card.all_names}
    if name.lower() in names:
        return names[name.lower()]
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(dict.fromkeys(names[match].name for match in near))}? " if near else ""
    raise InputError(
        f"Expected the name of a data set, but got {name!r}: {hint}See  ultrasam data list  for all {len(catalogue())}."
    )
