"""One vocabulary for what all data sets outline: structures, the organs that they belong to, and applications."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ultrasam.corpus.cards.toml_files import read_toml


@dataclass(frozen=True)
class Taxonomy:
    """The vocabulary of ``taxonomy.toml``.

    Attributes:
        organ_of: structure to organ.
        applications: name to what it means.
    """

    organ_of: dict[str, str]
    applications: dict[str, str]


@cache
def taxonomy() -> Taxonomy:
    """The vocabulary that the package comes with."""
    tables = read_toml(Path(__file__).with_name("taxonomy.toml"))
    organ_of = {structure: organ for organ, structures in tables["organs"].items() for structure in structures}
    return Taxonomy(organ_of, tables["applications"])
