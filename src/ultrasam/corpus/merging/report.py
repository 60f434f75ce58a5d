"""What a merge has become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ultrasam.corpus.cards.data_terms import Sharing, data_licence
from ultrasam.corpus.cards.described import Described


@dataclass(frozen=True)
class MergedSet:
    """One data set in a merged corpus.

    Attributes:
        name: of the data set.
        title: its full name.
        licence: in the words of the source.
        sharing: whether a converted copy of it may be given to others.
        citation: what to cite; may be empty.
        links: landing pages.
        split: how its split was made; may be empty.
        generator: what wrote it; may be empty.
        images: that are in the corpus.
        instances: that are in the corpus.
    """

    name: str
    title: str
    licence: str
    sharing: Sharing
    citation: str
    links: tuple[str, ...]
    split: str
    generator: str
    images: int
    instances: int

    @classmethod
    def of(cls, described: Described, generator: str, images: int, instances: int) -> MergedSet:
        """A data set of which so much is in the corpus."""
        return cls(
            name=described.name,
            title=described.title,
            licence=described.licence,
            sharing=described.sharing,
            citation=described.citation,
            links=described.links,
            split=str(described.facts.get("split") or ""),
            generator=generator,
            images=images,
            instances=instances,
        )


@dataclass(frozen=True)
class MergeReport:
    """A merged corpus in numbers.

    Attributes:
        classes: by what its categories are told apart.
        sets: what it is made of.
        splits: images of each part; those without one are under ``""``.
        categories: instances of each.
        moved: how many images of each data set went to another part because of duplicates there.
        dropped: how many images of each data set are left out because another is the same.
        unusable: how many annotations of each data set are of no image or class of it, and left out.
        linked: image files that are hard links.
        copied: image files that are copies.
    """

    classes: str
    sets: tuple[MergedSet, ...]
    splits: Mapping[str, int]
    categories: Mapping[str, int]
    moved: Mapping[str, int]
    dropped: Mapping[str, int]
    unusable: Mapping[str, int]
    linked: int
    copied: int

    @property
    def images(self) -> int:
        """In all."""
        return sum(entry.images for entry in self.sets)

    @property
    def instances(self) -> int:
        """In all."""
        return sum(entry.instances for entry in self.sets)

    @property
    def licence(self) -> str:
        """Of the corpus: the strictest, and what else is restricted or unclear."""
        return data_licence({entry.name: entry.licence for entry in self.sets})

    @property
    def split_text(self) -> str:
        """How the split came about, in one line."""
        text = "as in each data set"
        if self.moved:
            text += f"; {sum(self.moved.values())} images moved to the part that their duplicates are in"
        return text

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user of the corpus should know."""
        found = []
        if names := self.names("forbidden"):
            found.append(f"Not to be given to others, as these do not allow it: {', '.join(names)}.")
        if names := self.names("unclear"):
            found.append(f"Whether others may have it is not stated by: {', '.join(names)}.")
        for counts, what in (
            (self.moved, "images moved to the part that their duplicates are in"),
            (self.dropped, "images left out, as another one is the same"),
            (self.unusable, "annotations left out, as they are of no image or class of their data set"),
        ):
            if counts:
                found.append(f"{what.capitalize()}: {', '.join(f'{n} of {name}' for name, n in counts.items())}.")
        if self.splits.get(""):
            found.append(f"Images in no part: {self.splits['']}; split their data sets before.")
        return tuple(found)

    def names(self, sharing: Sharing) -> list[str]:
        """The data sets whose copies may (not) be given to others."""
        return [entry.name for entry in self.sets if entry.sharing == sharing]

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            **asdict(self),
            "images": self.images,
            "instances": self.instances,
            "licence": self.licence,
            "warnings": list(self.warnings),
        }
