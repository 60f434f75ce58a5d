"""Which data sets lie in a folder of downloads."""

from __future__ import annotations

from pathlib import Path

from ultrasam.corpus.card import Card
from ultrasam.corpus.catalogue import catalogue
from ultrasam.errors import InputError


def find_source(card: Card, place: Path) -> Path:
    """Where a data set lies: in a folder of downloads what has its name there, else the place itself."""
    if not place.is_dir() or _plain(place.resolve().name) in _names(card):
        return place
    return _by_name(card, _here(place)) or place


def find_sources(folder: Path) -> list[tuple[Card, Path]]:
    """Data sets whose name, alias or archive is the name of something in a folder, in the catalogue's order.

    Where a data set is there several times, the first of its own name (as ``fetch`` makes it), its aliases and its
    archives is taken. Those that only repeat another one's images are passed by.

    Raises:
        InputError: there is no such folder, or nothing in it is known.
    """
    if not folder.is_dir():
        raise InputError(f"Expected a folder of downloaded data sets, but {folder} is none.")
    here = _here(folder)
    cards = [card for card in catalogue().values() if not card.duplicate_of]
    found = [(card, place) for card in cards if (place := _by_name(card, here)) is not None]
    if not found:
        names = ", ".join(sorted(path.name for path in here.values())[:10])
        raise InputError(
            f"Expected data sets in {folder}, each as a folder or archive with its name (BUSI, HC18.zip, …), but found "
            f"{names or 'nothing'}: name one of them instead of all."
        )
    return found


def _here(folder: Path) -> dict[str, Path]:
    return {_plain(path.name): path for path in sorted(folder.iterdir()) if not path.name.startswith(".")}


def _by_name(card: Card, here: dict[str, Path]) -> Path | None:
    return next((here[name] for name in _names(card) if name in here), None)


def _names(card: Card) -> list[str]:
    return [_plain(name) for name in (*card.all_names, *card.archives)]


def _plain(name: str) -> str:
    """A name without the suffix of an archive, in lower case."""
    name = name.lower()
    for suffix in (".tar.gz", ".tgz", ".tar", ".zip", ".rar"):
        name = name.removesuffix(suffix)
    return name
