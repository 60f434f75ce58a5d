"""Which classes a data set has, and the numbers of those of each image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ultrasam.corpus import Instance, Skipped
from ultrasam.corpus.source.natural_order import natural_key
from ultrasam.downstream.data.draft import Draft, Entry
from ultrasam.errors import InputError
from ultrasam.modeling.heads.config import TaskKind

_MOST_NAMED = 5


def with_classes(
    draft: Draft, kind: TaskKind, chosen: Sequence[str]
) -> tuple[tuple[str, ...], list[Entry], list[Skipped]]:
    """The classes that there are, or those that were chosen, and the entries with these alone.

    Args:
        draft: a data set as it was found.
        kind: what is learnt.
        chosen: names, in the order wanted; none takes all that the data set shows, in its own order.

    Returns:
        The classes; the entries, of which objects and labels of other classes are gone; and what is not used.

    Raises:
        InputError: a chosen class is not there, an image has two classes and may have one, or there is nothing to
            tell apart.
    """
    if kind == "regression":
        return draft.classes, list(draft.entries), []
    is_of_images = kind == "classification"
    if is_of_images and not draft.several:
        _check_single(draft, chosen)
    counts = Counter(name for entry in draft.entries for name in set(_names(entry, kind)))
    known = draft.classes or tuple(sorted(counts, key=natural_key))
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise InputError(
            f"Expected classes of {draft.name}, which are {', '.join(known) or 'none'}, but got {', '.join(unknown)}."
        )
    classes = tuple(chosen) or tuple(name for name in known if counts[name])
    if not any(counts[name] for name in classes):
        what = "labels of images" if is_of_images else "annotated objects"
        raise InputError(f"Expected {what} in {draft.name}, but none of its {len(draft.entries)} images has any.")
    if is_of_images and not draft.several and len(classes) < 2:
        raise InputError(
            f"Expected at least two classes to tell apart in {draft.name}, but there is only {classes[0]}."
        )
    notes = [Skipped(draft.name, f"class {name}", _why_unused(counts[name])) for name in known if name not in classes]
    entries = []
    for entry in draft.entries:
        if not is_of_images:
            entries.append(replace(entry, instances=tuple(i for i in entry.instances if i.category in classes)))
            continue
        if entry.labels is None:
            notes.append(Skipped(draft.name, entry.name, "It has no label."))
            continue
        labels = tuple(name for name in entry.labels if name in classes)
        if labels or draft.several:
            entries.append(replace(entry, labels=labels, instances=_of_labels(entry.instances, labels)))
    return classes, entries, notes


def numbers_of(entry: Entry, classes: Sequence[str], kind: TaskKind) -> tuple[int, ...]:
    """The numbers of the classes that an image, or an object in it, has; ascending."""
    return tuple(sorted({classes.index(name) for name in _names(entry, kind)}))


def _names(entry: Entry, kind: TaskKind) -> Iterable[str]:
    if kind == "classification":
        return entry.labels or ()
    return () if kind == "regression" else [instance.category for instance in entry.instances]


def _check_single(draft: Draft, chosen: Sequence[str]) -> None:
    mixed = [entry for entry in draft.entries if sum(not chosen or name in chosen for name in entry.labels or ()) > 1]
    if mixed:
        shown = "; ".join(f"{entry.name}: {', '.join(entry.labels or ())}" for entry in mixed[:_MOST_NAMED])
        raise InputError(
            f"Expected one class for each image, but {len(mixed)} of {draft.name} have several ({shown}): ask for "
            "several classes per image (--several), or choose classes that exclude each other."
        )


def _why_unused(count: int) -> str:
    return f"It is not among the classes chosen; images: {count}." if count else "No image shows it."


def _of_labels(instances: Sequence[Instance], labels: Sequence[str]) -> tuple[Instance, ...]:
    """The objects of these classes; where the image as a whole has one class, its objects are of that."""
    if len(labels) == 1 and not any(instance.category in labels for instance in instances):
        return tuple(replace(instance, category=labels[0]) for instance in instances)
    return tuple(instance for instance in instances if instance.category in labels)
