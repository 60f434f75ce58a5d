"""What is known about a data set: facts, where they come from, and what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ultrasam.corpus.cards.licences import Terms, read_terms
from ultrasam.corpus.cards.taxonomy import taxonomy
from ultrasam.corpus.cards.toml_files import read_toml
from ultrasam.errors import InputError

KINDS = ("2D", "frames", "video", "volume")
ACCESS = ("open", "registration", "on request")


@dataclass(frozen=True)
class Class:
    """One class of objects.

    Attributes:
        name: of the category in the converted data set.
        label: how the source marks it, in words: ``"value 2"``, ``"(255, 0, 0)"``, ``"suffix _tumor"``.
        structure: of the taxonomy.
    """

    name: str
    label: str
    structure: str

    @property
    def organ(self) -> str:
        """Of the taxonomy."""
        return taxonomy().organ_of[self.structure]


@dataclass(frozen=True)
class Flaw:
    """Something wrong with a data set, or with how it was converted before.

    Attributes:
        what: a sentence.
        answer: what the converter does about it, or why nothing can be done; a sentence.
        is_fixed: whether the converted data set is free of it.
    """

    what: str
    answer: str
    is_fixed: bool


@dataclass(frozen=True)
class Download:
    """A public address of files: one of ``zenodo``, ``mendeley``, ``figshare``, ``github`` and ``url`` is given.

    Attributes:
        zenodo: record number.
        mendeley: data set id.
        figshare: article number.
        github: ``"owner/repository"``, of which the default branch is fetched as a zip file.
        url: of one file.
        version: of a Mendeley data set.
        files: names of the wanted files of a record, empty for all; of a ``url`` the name that its file gets where the
            address has none.
        mirrors: further addresses of the same file as ``url``.
        sha256: of the file at ``url``, where known.
    """

    zenodo: str = ""
    mendeley: str = ""
    figshare: str = ""
    github: str = ""
    url: str = ""
    version: int = 1
    files: tuple[str, ...] = ()
    mirrors: tuple[str, ...] = ()
    sha256: str = ""


@dataclass(frozen=True)
class Card:
    """The card of a data set, ``catalog/*.toml``: facts only.

    Attributes:
        name: what users type and what its folder in a corpus is called.
        title: its full name.
        anatomy: what is seen, in a few words.
        kind: ``"2D"`` (single pictures), ``"frames"`` (pictures out of videos), ``"video"`` or ``"volume"``.
        application: of the taxonomy.
        citation: authors, title, journal, year, as far as known.
        licence: of the data, in the words of the source.
        access: ``"open"``, ``"registration"`` or ``"on request"``.
        how_to_get: what to do to have the files, step by step.
        layout: the tree of files that the converter expects.
        is_layout_confirmed: whether real files of the data set have been seen in this layout.
        split: the official split, in words; ``"none"``.
        classes: of the converted data set.
        number: of the data set in US-43d's catalogue; None for others.
        aliases: other names that users may type.
        images: annotated pictures (frames, slices) as released; None where unknown.
        patients: None where unknown.
        counts: what else is known about numbers, in words.
        doi: of the paper or the record.
        links: landing pages.
        archives: names of files and folders as which all of it is distributed, for finding it among downloads; what
            holds only a part of it is not among them.
        downloads: public addresses of files.
        labels: image-level labels that are kept, name to values in words.
        unknown: names of attributes of this card that no source gives.
        secondary: names of attributes that one secondary source gives, not yet confirmed on the landing page.
        flaws: of the data set and of earlier conversions.
        duplicate_of: name of another data set that holds the same images; ``prepare all`` passes it by.
    """

    name: str
    title: str
    anatomy: str
    kind: str
    application: str
    citation: str
    licence: str
    access: str
    how_to_get: str
    layout: str
    is_layout_confirmed: bool
    split: str
    classes: tuple[Class, ...]
    number: int | None = None
    aliases: tuple[str, ...] = ()
    images: int | None = None
    patients: int | None = None
    counts: str = ""
    doi: str = ""
    links: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    labels: dict[str, str] | None = None
    unknown: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    duplicate_of: str = ""

    @classmethod
    def read(cls, path: Path) -> Card:
        """Read a card.

        Raises:
            InputError: a key is missing, not known or of another type, or names nothing that there is.
        """
        try:
            return cls._of(read_toml(path))
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"Expected the card of a data set in {path}, but got: {error}.") from error

    @classmethod
    def _of(cls, table: dict[str, Any]) -> Card:
        parts = {"classes": Class, "flaws": Flaw, "downloads": Download}
        given = {
            key: tuple(parts[key](**_frozen(entry)) for entry in value) if key in parts else value
            for key, value in table.items()
        }
        card = cls(**_frozen(given))
        card._check()
        return card

    def _check(self) -> None:
        for value, known, what in (
            (self.kind, KINDS, "kind"),
            (self.access, ACCESS, "access"),
            (self.application, taxonomy().applications, "application"),
            *((entry.structure, taxonomy().organ_of, "structure") for entry in self.classes),
            *((name, [field.name for field in fields(self)], "attribute") for name in self.unknown + self.secondary),
        ):
            if value not in known:
                raise ValueError(f"{value!r} is no {what}; there are {', '.join(known)}")
        if len({entry.name for entry in self.classes}) < len(self.classes):
            raise ValueError("two classes have one name")
        for download in self.downloads:
            addresses = (download.zenodo, download.mendeley, download.figshare, download.github, download.url)
            if sum(map(bool, addresses)) != 1:
                raise ValueError(f"a download has exactly one address, not {addresses}")

    @property
    def module(self) -> str:
        """Name of its files in ``catalog/`` and ``converters/``."""
        return module_name(self.name)

    @property
    def terms(self) -> Terms:
        """What the licence asks for."""
        return read_terms(self.licence)

    @property
    def is_commercial_ok(self) -> bool:
        """Whether the licence is known, confirmed and certain, and does not forbid commercial use."""
        terms, is_confirmed = self.terms, "licence" not in (*self.secondary, *self.unknown)
        return is_confirmed and terms.is_known and terms.is_certain and "NC" not in terms.restrictions

    @property
    def all_names(self) -> tuple[str, ...]:
        """The name and the aliases."""
        return (self.name, *self.aliases)


def module_name(name: str) -> str:
    """A data set's name as that of a Python module: ``105US`` becomes ``_105us``, ``BUS-BRA`` ``bus_bra``."""
    module = re.sub(r"\W+", "_", name.lower())
    return f"_{module}" if module[0].isdigit() else module


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
