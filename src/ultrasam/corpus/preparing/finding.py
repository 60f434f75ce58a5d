"""Which data sets lie in a folder of downloads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ultrasam.corpus.cards.card import Card
from ultrasam.corpus.cards.catalogue import catalogue
from ultrasam.corpus.source.archives import stem_of
from ultrasam.errors import InputError


def find_source(card: Card, place: Path) -> Path:
    """Where a data set lies: in a folder of downloads what is called like it, else the place itself.

    Only its name and aliases count here: what is called like an archive may be a part of what is in the folder.
    """
    if not place.is_dir() or _plain(place.resolve().name) in _plain_names(card.all_names):
        return place
    return _first(card.all_names, _here(place)) or place


def find_sources(folder: Path) -> list[tuple[Card, Path]]:
    """Data sets whose name, alias or archive is the name of something in a folder, in the catalogue's order.

    Where a data set is there several times, the first of its own name (as ``fetch`` makes it), its aliases and its
    archives is taken. Where two hold the same images, one is passed by.

    Raises:
        InputError: there is no such folder, or nothing in it is known.
    """
    if not folder.is_dir():
        raise InputError(f"Expected a folder of downloaded data sets, but {folder} is none.")
    here = _here(folder)
    by_name = {
        card.name: (card, place)
        for card in catalogue().values()
        if (place := _first((*card.all_names, *card.archives), here)) is not None
    }
    found = [(card, place) for card, place in by_name.values() if card.duplicate_of not in by_name]
    if not found:
        names = ", ".join(sorted(path.name for path in here.values())[:10])
        raise InputError(
            f"Expected data sets in {folder}, each as a folder or archive with its name (BUSI, HC18.zip, …), but found "
            f"{names or 'nothing'}: name one of them instead of all."
        )
    return found


def _here(folder: Path) -> dict[str, Path]:
    return {_plain(path.name): path for path in sorted(folder.iterdir()) if not path.name.startswith(".")}


def _first(names: Iterable[str], here: dict[str, Path]) -> Path | None:
    return next((here[name] for name in _plain_names(names) if name in here), None)


def _plain_names(names: Iterable[str]) -> list[str]:
    return [_plain(name) for name in names]


def _plain(name: str) -> str:
    """A name without the ending of an archive, in lower case."""
    return stem_of(name).lower()
