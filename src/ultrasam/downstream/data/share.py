"""A share of the training patients, and a few images for a quick try."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from ultrasam.corpus.splitting.parts import PARTS
from ultrasam.downstream.data.example import Example

#: What randomness is for: none of two purposes shares a generator.
_FOR_SHARE, _FOR_LIMIT = 1, 2
#: The class of images that have none.
_NOTHING = -1


def shared(examples: Sequence[Example], classes: Sequence[Sequence[int]], share: float, seed: int) -> list[Example]:
    """All of validation and test, and a share of the training patients, stratified by class.

    A patient counts for the rarest of the classes that it shows. Of each class, so many of its patients are taken,
    always in the same order: a smaller share is part of a larger one. At least one patient of each class is taken.

    Args:
        examples: of all parts, in an order that depends on nothing but themselves.
        classes: of each example, numbers.
        share: from above 0 to 1.
        seed: of the order.
    """
    if share >= 1:
        return list(examples)
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        if example.split == PARTS[0]:
            # An image of no known patient is alone.
            groups[f"image {example.name}" if example.patient is None else f"patient {example.patient}"].append(place)
    shown = {key: {c for place in places for c in classes[place] or (_NOTHING,)} for key, places in groups.items()}
    patients = Counter(c for found in shown.values() for c in found)
    order = [sorted(groups)[i] for i in np.random.default_rng((seed, _FOR_SHARE)).permutation(len(groups))]
    of_class: defaultdict[int, list[str]] = defaultdict(list)
    for key in order:
        of_class[min(shown[key], key=lambda c: (patients[c], c))].append(key)
    taken = {key for keys in of_class.values() for key in keys[: max(1, round(share * len(keys)))]}
    # A class that never is the rarest of its patients could be missed.
    for number in patients:
        taken.add(next(key for key in order if number in shown[key]))
    kept = {place for key in taken for place in groups[key]}
    return [e for place, e in enumerate(examples) if e.split != PARTS[0] or place in kept]


def limited(examples: Sequence[Example], classes: Sequence[Sequence[int]], limit: int, seed: int) -> list[Example]:
    """At most ``limit`` examples of each part, one of each class first; all where it is 0."""
    if not limit:
        return list(examples)
    order = np.random.default_rng((seed, _FOR_LIMIT)).permutation(len(examples))
    kept: set[int] = set()
    for part in PARTS:
        here = [int(place) for place in order if examples[place].split == part]
        firsts: dict[int, int] = {}
        for place in here:
            for number in classes[place]:
                firsts.setdefault(number, place)
        kept.update(list(dict.fromkeys([*firsts.values(), *here]))[:limit])
    return [example for place, example in enumerate(examples) if place in kept]
