"""Whether parts can be trained on, validated on and tested on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ultrasam.corpus import Skipped
from ultrasam.corpus.splitting.parts import PARTS
from ultrasam.downstream.data.draft import Draft
from ultrasam.downstream.data.example import Example
from ultrasam.errors import InputError
from ultrasam.modeling.heads.config import TaskKind

#: Fewer training images of a class than this are few whatever the method.
_RARE = 5


def check_parts(
    examples: Sequence[Example], shown: Sequence[Sequence[int]], classes: Sequence[str], kind: TaskKind, draft: Draft
) -> list[Skipped]:
    """What should be known about the parts.

    Args:
        examples: of all parts.
        shown: of each, the numbers of its classes.
        classes: names.
        kind: what is learnt.
        draft: where they come from.

    Raises:
        InputError: there is a single image, no training or validation part, a class is missing in the training part,
            or all values of a target are equal.
    """
    total = len(examples)
    if total < 2:
        raise InputError(f"Expected images to train on, to validate on and to test on, but {draft.name} has {total}.")
    counts = Counter(example.split for example in examples)
    for part, what in ((PARTS[0], "train on"), (PARTS[1], "choose the best weights by")):
        if not counts[part]:
            there = ", ".join(f"{name} ({counts[name]})" for name in PARTS if counts[name])
            raise InputError(
                f"Expected images of the part {part} to {what} in {draft.name}, but there are only those of {there}: "
                "give more images, or larger shares (val, test)."
            )
    notes = []
    if not counts[PARTS[2]]:
        notes.append(Skipped(draft.name, "part test", "It has no image: nothing will be tested."))
    if kind == "regression":
        _check_values(examples, classes)
        return notes
    return [*notes, *_check_classes(examples, shown, classes, draft.name)]


def _check_classes(
    examples: Sequence[Example], shown: Sequence[Sequence[int]], classes: Sequence[str], name: str
) -> Iterator[Skipped]:
    images: dict[str, Counter[int]] = {part: Counter() for part in PARTS}
    patients: Counter[int] = Counter()
    seen: set[tuple[int, str]] = set()
    for example, numbers in zip(examples, shown, strict=True):
        images[example.split or ""].update(numbers)
        for number in numbers:
            key = (number, example.patient or f"image {example.name}")
            if example.split == PARTS[0] and key not in seen:
                seen.add(key)
                patients[number] += 1
    lacking = [title for number, title in enumerate(classes) if not images[PARTS[0]][number]]
    if lacking:
        raise InputError(
            f"Expected training images of each class in {name}, but there is none of {', '.join(lacking)}: choose "
            f"other classes (--classes, data.reading.classes), give images of it, or have the parts made anew."
        )
    for number, title in enumerate(classes):
        count = images[PARTS[0]][number]
        if count < _RARE or patients[number] < 2:
            of = f" of {patients[number]} patients" if any(example.patient for example in examples) else ""
            text = f"It is rare: there are {count} training images{of}; do not expect to find it."
            yield Skipped(name, f"class {title}", text)
        for part in PARTS[1:]:
            if not images[part][number] and any(images[part].values()):
                yield Skipped(
                    name, f"class {title}", f"No image of the part {part} shows it: it is not measured there."
                )


def _check_values(examples: Sequence[Example], targets: Sequence[str]) -> None:
    for place, target in enumerate(targets):
        values = {e.values[place] for e in examples if e.split == PARTS[0] and e.values is not None}
        if len(values) < 2:
            raise InputError(f"Expected different values of {target} to learn from, but all are {values.pop():g}.")
