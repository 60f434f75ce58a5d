"""Which group of images goes into which part, so that the parts have their sizes and each has its share of a class."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: How many times its size a part may become for a class that it would lack.
_MOST_FOR_A_CLASS = 2


@dataclass(frozen=True)
class Group:
    """Images that stay together.

    Attributes:
        size: how many images.
        counts: of how many of them show each class; an image that shows none counts for a class of its own, so that
            each image counts somewhere.
    """

    size: int
    counts: Mapping[str, int]


def stratify(groups: Sequence[Group], targets: Mapping[str, float], rng: np.random.Generator) -> list[str]:
    """The part of each group.

    Greedy, the rarest class first, as Sechidis et al., On the Stratification of Multi-Label Data (ECML PKDD 2011), do
    it for single images; each group goes where the largest fraction of its classes, and of images, is still wanted.
    Four more things differ, as whole groups are coarse: every part first gets a group of each class that has as many
    groups as there are parts, as long as the part does not become more than twice as large as it should; a group that
    no longer fits into a small part goes into the largest; groups that only the largest part can hold are placed
    first, so that the others make up for them; and where a part has become larger than one that should be larger, as
    few large groups can have it, the two change places.

    Args:
        groups: in an order that depends on nothing but themselves.
        targets: how many images each part should have.
        rng: where the randomness comes from.
    """
    filling = _Filling(groups, targets, rng)
    for name in filling.classes:
        filling.cover(name)
    filling.cover_empty_parts()
    for name in filling.classes:
        filling.fill(name)
    return filling.placed()


class _Filling:
    def __init__(self, groups: Sequence[Group], targets: Mapping[str, float], rng: np.random.Generator) -> None:
        self._groups = groups
        self._targets = targets
        self._size = sum(targets.values())
        #: The smallest first.
        self._parts = sorted(targets, key=lambda part: (targets[part], part))
        self._part_of: dict[int, str] = {}
        self._sizes: Counter[str] = Counter()
        self._counts: dict[str, Counter[str]] = {part: Counter() for part in targets}
        self._order = [int(number) for number in rng.permutation(len(groups))]
        self._holders: defaultdict[str, list[int]] = defaultdict(list)
        self._totals: Counter[str] = Counter()
        for number in self._order:
            for name, count in groups[number].counts.items():
                self._holders[name].append(number)
                self._totals[name] += count
        #: The rarest first.
        self.classes = sorted(self._holders, key=lambda name: (len(self._holders[name]), name))

    def cover(self, name: str) -> None:
        """Give each part a group with a class; where there are too few, the smallest parts go without."""
        lacking = [part for part in self._parts if not self._counts[part][name]]
        free = self._free(self._holders[name])
        while lacking:
            part, *lacking = lacking
            if len(free) > len(lacking):
                number = self._suitable(free, part)
                if self._sizes[part] + self._groups[number].size <= _MOST_FOR_A_CLASS * self._targets[part]:
                    self._place(number, part)
                    free.remove(number)

    def cover_empty_parts(self) -> None:
        """Give each part a group at least, however large it is."""
        lacking = [part for part in self._parts if not self._sizes[part]]
        free = self._free(self._order)
        while lacking:
            part, *lacking = lacking
            if len(free) > len(lacking):
                number = self._suitable(free, part)
                self._place(number, part)
                free.remove(number)

    def fill(self, name: str) -> None:
        """Place all other groups with a class."""
        smallest = self._targets[self._parts[0]]
        for number in sorted(
            self._free(self._holders[name]), key=lambda number: -int(self._groups[number].size / smallest)
        ):
            fitting = [part for part in self._parts if self._fits(number, part)] or self._parts[-1:]
            self._place(number, max(fitting, key=lambda part: self._need(number, part)))

    def placed(self) -> list[str]:
        by_size = sorted(self._parts, key=lambda part: self._sizes[part])
        name_of = dict(zip(by_size, self._parts, strict=True))
        return [name_of[self._part_of[number]] for number in range(len(self._groups))]

    def _free(self, numbers: Sequence[int]) -> list[int]:
        return [number for number in numbers if number not in self._part_of]

    def _suitable(self, free: Sequence[int], part: str) -> int:
        """The first group that fits, or the smallest."""
        smallest = min(free, key=lambda number: self._groups[number].size)
        return next((number for number in free if self._fits(number, part)), smallest)

    def _fits(self, number: int, part: str) -> bool:
        return self._sizes[part] + self._groups[number].size <= self._targets[part]

    def _need(self, number: int, part: str) -> float:
        """How much of a group's classes, and of images, a part still lacks, as fractions of what it should have."""
        share = self._targets[part] / self._size
        lacking = [1 - self._counts[part][name] / (self._totals[name] * share) for name in self._groups[number].counts]
        return sum(lacking) + 1 - self._sizes[part] / self._targets[part]

    def _place(self, number: int, part: str) -> None:
        self._part_of[number] = part
        self._sizes[part] += self._groups[number].size
        self._counts[part].update(self._groups[number].counts)
