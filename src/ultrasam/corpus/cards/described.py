"""What is known about a converted data set: ``dataset.json``, and where that is silent, its card in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ultrasam.corpus.cards.card import Card
from ultrasam.corpus.cards.catalogue import find_card
from ultrasam.corpus.cards.data_terms import Sharing, sharing
from ultrasam.corpus.cards.taxonomy import taxonomy
from ultrasam.errors import InputError

NOT_STATED = "not stated"


@dataclass(frozen=True)
class Described:
    """A data set in words.

    Attributes:
        name: of the data set.
        facts: its ``dataset.json``.
        card: of the catalogue; None for data sets that are not in it.
    """

    name: str
    facts: Mapping[str, Any]
    card: Card | None

    @classmethod
    def of(cls, name: str, facts: Mapping[str, Any]) -> Described:
        """A data set with the card of its name, if there is one."""
        try:
            return cls(name, facts, find_card(name))
        except InputError:
            return cls(name, facts, None)

    @property
    def title(self) -> str:
        """Its full name."""
        return self._text("title") or self.name

    @property
    def anatomy(self) -> str:
        """What is seen; may be empty."""
        return self._text("anatomy")

    @property
    def application(self) -> str:
        """Of the taxonomy; may be empty."""
        return self._text("application")

    @property
    def licence(self) -> str:
        """In the words of the source."""
        return self._text("licence") or NOT_STATED

    @property
    def citation(self) -> str:
        """What to cite; may be empty."""
        return self._text("citation")

    @property
    def links(self) -> tuple[str, ...]:
        """The DOI's address, and landing pages."""
        links = self.facts.get("links") or (self.card.links if self.card else ())
        pages = [links] if isinstance(links, str) else [str(link) for link in links]
        doi = self._text("doi")
        is_there = not doi or any(doi.lower() in page.lower() for page in pages)
        return tuple(pages if is_there else [f"https://doi.org/{doi}", *pages])

    @property
    def sharing(self) -> Sharing:
        """Whether a converted copy may be given to others."""
        return sharing(self.licence, self.card.access if self.card else "")

    def structure(self, category: Mapping[str, Any]) -> str | None:
        """The structure of the taxonomy that a category outlines: as its entry or the card says, or as it is called."""
        if category.get("structure"):
            return str(category["structure"])
        name = str(category.get("name"))
        of_card = {entry.name: entry.structure for entry in self.card.classes} if self.card else {}
        return of_card.get(name, name if name in taxonomy().organ_of else None)

    def _text(self, name: str) -> str:
        """One line of the facts or the card; lists are joined."""
        value = self.facts.get(name) or getattr(self.card, name, "")
        values = value if isinstance(value, list | tuple) else [value]
        return " ".join("; ".join(map(str, values)).split())
