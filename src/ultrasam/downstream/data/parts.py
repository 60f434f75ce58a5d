"""The parts of a data set: those that it comes with, or made of whole patients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ultrasam.corpus import Skipped
from ultrasam.corpus.splitting import SplitReport, split
from ultrasam.downstream.data.draft import Entry
from ultrasam.downstream.data.options import ReadingOptions
from ultrasam.downstream.data.part_names import part_of
from ultrasam.errors import InputError

#: Values of a target are shared out among parts as if these many of them, in order, were classes.
_BINS = 4
_MOST_NAMED = 8


def with_parts(
    entries: Sequence[Entry], ties: Iterable[tuple[str, str]], options: ReadingOptions, name: str
) -> tuple[list[Entry], list[Skipped], str]:
    """Each entry with its part, ``"train"``, ``"val"`` or ``"test"``.

    Parts that the data come with stay; one that they lack is made of whole patients out of their training part.
    Where they come with none, all are made, with the classes shared out evenly (see
    :func:`~ultrasam.corpus.splitting.split`).

    Args:
        entries: with whatever their data set calls their part.
        ties: names of images that may not be in two parts.
        options: shares and seed.
        name: of the data set.

    Returns:
        The entries that are in a part; those that are in none, with reasons; and where the parts come from.

    Raises:
        InputError: a part has a name that none of the three goes by, or the shares leave nothing to train on.
    """
    official = _official(entries)
    has_parts = any(official)
    notes = [
        Skipped(name, entry.name, "It is in no part, and others are.")
        for entry, part in zip(entries, official, strict=True)
        if has_parts and part is None
    ]
    chosen = [(entry, part) for entry, part in zip(entries, official, strict=True) if part or not has_parts]
    document = _document(chosen)
    ids = {entry.name: number for number, (entry, _) in enumerate(chosen)}
    pairs = [(ids[one], ids[other]) for one, other in ties if one in ids and other in ids]
    report = split(document, seed=options.seed, val=options.val, test=options.test, ties=pairs)
    placed = []
    for (entry, _), image in zip(chosen, document["images"], strict=True):
        if "split" in image:
            placed.append(replace(entry, split=image["split"]))
        else:
            reason = "The same patient, or the same picture, is in a stricter part: it would be learnt by heart."
            notes.append(Skipped(name, entry.name, reason))
    return placed, notes, _sentence(report)


def _official(entries: Sequence[Entry]) -> list[str | None]:
    """The part of each entry; None where it has none.

    Raises:
        InputError: a name is none of a part.
    """
    parts = [None if entry.split is None else part_of(entry.split) for entry in entries]
    strange = sorted({str(e.split) for e, part in zip(entries, parts, strict=True) if e.split and part is None})
    if strange:
        shown = ", ".join(strange[:_MOST_NAMED]) + (", …" if len(strange) > _MOST_NAMED else "")
        raise InputError(
            f"Expected parts called train, val and test, but got {shown}: rename them, or name another split_column "
            "(an empty one has the parts made)."
        )
    return parts


def _document(entries: Sequence[tuple[Entry, str | None]]) -> dict[str, list[dict[str, Any]]]:
    """The entries as a COCO document, as far as a split depends on it."""
    classes = _strata([entry for entry, _ in entries])
    names = sorted(set().union(*classes)) if classes else []
    images: list[dict[str, Any]] = [
        {
            "id": number,
            "file_name": entry.name,
            "patient": entry.patient,
            "sequence": entry.sequence,
            **({} if part is None else {"official_split": part}),
        }
        for number, (entry, part) in enumerate(entries)
    ]
    numbers = {name: number for number, name in enumerate(names)}
    return {
        "images": images,
        "annotations": [
            {"image_id": place, "category_id": numbers[name]} for place, found in enumerate(classes) for name in found
        ],
        "categories": [{"id": number, "name": name} for name, number in numbers.items()],
    }


def _strata(entries: Sequence[Entry]) -> list[list[str]]:
    """For each entry, what should be shared out evenly: its classes, or where its first target lies."""
    if entries and entries[0].values:
        first = np.array([entry.values[0] for entry in entries if entry.values])
        edges = np.quantile(first, np.linspace(0, 1, _BINS + 1)[1:-1])
        return [[f"quarter {number}"] for number in np.searchsorted(edges, first, side="right")]
    return [
        sorted(set(entry.labels if entry.labels is not None else (i.category for i in entry.instances)))
        for entry in entries
    ]


def _sentence(report: SplitReport) -> str:
    return f"Parts: {report.text}."
