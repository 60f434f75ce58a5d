"""A user's data, in whatever layout, to checked examples in three parts."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ultrasam.corpus import Skipped
from ultrasam.corpus.source.natural_order import natural_key
from ultrasam.downstream.data.checking import check_parts
from ultrasam.downstream.data.classes import numbers_of, with_classes
from ultrasam.downstream.data.copies import contradictions, copies
from ultrasam.downstream.data.decoding import check_files, with_sizes
from ultrasam.downstream.data.draft import Entry
from ultrasam.downstream.data.example import Example, ExampleSet
from ultrasam.downstream.data.layouts import read_draft
from ultrasam.downstream.data.options import ReadingOptions
from ultrasam.downstream.data.parts import with_parts
from ultrasam.downstream.data.patients import with_patients
from ultrasam.downstream.data.share import limited, shared
from ultrasam.errors import InputError
from ultrasam.modeling.heads.config import TaskKind

_MOST_TOLD = 5


def read_examples(
    path: str | os.PathLike[str],
    kind: TaskKind,
    *,
    options: ReadingOptions | None = None,
    on_image: Callable[[int, int], None] | None = None,
) -> ExampleSet:
    """Read a data set in any of the layouts that people have, and check that it can be trained on.

    Args:
        path: a COCO file or folder, a folder per class, ``images/`` and ``masks/``, or a CSV or TSV file; see
            :func:`~ultrasam.downstream.data.layouts.read_draft`.
        kind: what is learnt.
        options: what the layout leaves open.
        on_image: called with the number of images that were decoded, and of all.

    Raises:
        InputError: nothing is there, it is in no known layout, or it cannot be trained on: an image or a mask cannot
            be used (and ``leave_out_unusable`` is not set), a class is missing in the training part, ….
        MissingExtraError: a file is of a kind that needs a package that is not installed.
    """
    options = options or ReadingOptions()
    draft = read_draft(Path(path), kind, options)
    if not draft.entries:
        _refuse(draft.unusable, draft.name)
        raise InputError(f"Expected images that something is known about in {path}, but there is none.")
    classes, entries, unused = with_classes(draft, kind, options.classes)
    entries, odd = with_patients(entries, options.patient_pattern, draft.name)
    entries.sort(key=lambda entry: natural_key(entry.name))
    entries, repeated = _named_once(entries, draft.name)
    same = copies(entries)
    ties = [*draft.ties, *((one.name, other.name) for one, other in same)]
    entries, in_no_part, split_report = with_parts(entries, ties, options, draft.name)
    entries, unopened = with_sizes(entries, draft.name)
    examples = [_example(entry, classes, kind) for entry in entries]
    shown = {entry.name: numbers_of(entry, classes, kind) for entry in entries}
    examples = shared(examples, [shown[e.name] for e in examples], options.share, options.seed)
    examples = limited(examples, [shown[e.name] for e in examples], options.limit, options.seed)
    notes = [*draft.notes, *unused, *odd, *contradictions(same, draft.name), *in_no_part]
    unusable = [*draft.unusable, *repeated, *unopened]
    if options.check:
        examples, undecoded, remarks = check_files(examples, draft.name, on_image)
        unusable += undecoded
        notes += remarks
    if not options.leave_out_unusable:
        _refuse(unusable, draft.name)
    notes += check_parts(examples, [shown[e.name] for e in examples], classes, kind, draft)
    return ExampleSet(
        name=draft.name,
        classes=classes,
        several=draft.several and kind == "classification",
        examples=tuple(examples),
        left_out=(*unusable, *notes),
        facts=draft.facts,
        sha256=_sha256(classes, examples),
        split_report=split_report + _share_text(options),
    )


def _share_text(options: ReadingOptions) -> str:
    if options.share >= 1:
        return ""
    return f" Of the training patients, {100 * options.share:g} % are used (seed {options.seed})."


def _named_once(entries: Sequence[Entry], name: str) -> tuple[list[Entry], list[Skipped]]:
    """The entries without those of a file that an earlier one names, and these."""
    first: dict[str, Entry] = {}
    again = [entry for entry in entries if first.setdefault(entry.name, entry) is not entry]
    return list(first.values()), [Skipped(name, entry.name, "Two entries name this file.") for entry in again]


def _example(entry: Entry, classes: Sequence[str], kind: TaskKind) -> Example:
    sequence = None if entry.sequence is None else f"sequence {entry.sequence}"
    return Example(
        name=entry.name,
        path=entry.path,
        patient=entry.patient or sequence,
        split=entry.split,
        size_hw=entry.size_hw or (0, 0),
        instances=entry.instances,
        labels=numbers_of(entry, classes, kind) if kind == "classification" else None,
        values=entry.values,
        spacing_mm=entry.spacing_mm,
    )


def _refuse(unusable: Sequence[Skipped], name: str) -> None:
    if not unusable:
        return
    told = "\n".join(f"  {entry.what}: {entry.reason}" for entry in unusable[:_MOST_TOLD])
    more = f"\n  and {len(unusable) - _MOST_TOLD} more" if len(unusable) > _MOST_TOLD else ""
    raise InputError(
        f"Expected images and annotations of {name} that can all be used, but {len(unusable)} cannot:\n{told}{more}\n"
        "Repair them, or leave them out:  --leave-out-unusable  (data.reading.leave_out_unusable=true)"
    )


def _sha256(classes: Sequence[str], examples: Sequence[Example]) -> str:
    """A hash of all that a run learns from, pixels apart."""
    digest = hashlib.sha256(json.dumps(classes).encode())
    for e in examples:
        objects = [[instance.category, instance.segmentation] for instance in e.instances]
        digest.update(json.dumps([e.name, e.patient, e.split, e.labels, e.values, objects]).encode())
    return digest.hexdigest()
