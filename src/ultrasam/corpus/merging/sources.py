"""The data sets that are merged, read whole."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrasam.corpus.cards.described import Described
from ultrasam.corpus.coco.document import read_document
from ultrasam.corpus.coco.finding import data_set_name, find_coco, read_facts
from ultrasam.errors import InputError


@dataclass(frozen=True, eq=False)
class Source:
    """One data set.

    Attributes:
        described: what is known about it.
        annotation_file: its COCO file.
        document: what is in it.
    """

    described: Described
    annotation_file: Path
    document: dict[str, Any]

    @property
    def name(self) -> str:
        """Of the data set."""
        return self.described.name

    @property
    def generator(self) -> str:
        """What wrote it; may be empty."""
        return str((self.document.get("info") or {}).get("generator") or "")


def read_sources(folders: Iterable[str | os.PathLike[str]]) -> list[Source]:
    """The data sets in some folders, sorted by name, so that the order of the folders means nothing.

    Args:
        folders: of data sets, or with folders of data sets in them.

    Raises:
        InputError: there is none, one is there twice, is itself merged, or holds the same images as another.
    """
    files = list(dict.fromkeys(file for folder in folders for file in find_coco(folder)))
    if not files:
        raise InputError("Expected the folders of data sets to merge, but got none.")
    sources: dict[str, Source] = {}
    for file in files:
        facts = read_facts(file)
        name = data_set_name(file, facts)
        if name in sources:
            raise InputError(
                f"Expected data sets of different names, but {sources[name].annotation_file} and {file} are both "
                f"called {name}: leave one out, or change the name in its dataset.json."
            )
        if "datasets" in facts:
            raise InputError(f"Expected single data sets, but {file} is merged of several: give those themselves.")
        sources[name] = Source(Described.of(name, facts), file, read_document(file))
    _check_counted_once([source.described for source in sources.values()])
    return [sources[name] for name in sorted(sources)]


def _check_counted_once(sets: list[Described]) -> None:
    names = {described.card.name: described.name for described in sets if described.card is not None}
    for described in sets:
        if described.card is not None and described.card.duplicate_of in names:
            raise InputError(
                f"Expected each image once, but {described.name} holds the same images as "
                f"{names[described.card.duplicate_of]}: leave one of them out."
            )
