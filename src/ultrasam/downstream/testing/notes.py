"""What a reader of a test's numbers must know: classes that are absent or rare, few patients, images left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ultrasam.downstream.testing.tested import Tested

#: Fewer images of a class say little about it; fewer patients make intervals too narrow.
_FEW_IMAGES, _FEW_PATIENTS = 10, 10
_MOST_NAMED = 8


def notes_of(tested: Tested) -> tuple[str, ...]:
    """A sentence each; none where there is nothing to be said."""
    notes = []
    if tested.kind != "regression":
        counts = dict(zip(tested.classes, tested.shown().sum(axis=0).tolist(), strict=True))
        absent = [name for name, count in counts.items() if not count]
        rare = [f"{name} ({count})" for name, count in counts.items() if 0 < count < _FEW_IMAGES]
        if absent:
            notes.append(
                f"{_listed(absent)} {_are(absent)} not among the test images: what needs {_them(absent)} is left open, "
                f"and means are of the other classes; where the model says {_them(absent)} all the same, F1 and Dice "
                "count that as 0."
            )
        if rare:
            notes.append(f"Few test images have {_listed(rare)}: single images decide these numbers.")
    patients = len(np.unique(tested.patients))
    if patients < 2:
        notes.append("All test images are of one patient, so that nothing is known about others: no intervals.")
    elif patients < _FEW_PATIENTS:
        notes.append(f"The test images are of {patients} patients only: intervals are too narrow.")
    if tested.failed:
        notes.append(f"{len(tested.failed)} test images could not be used.")
    asked = [record for record in tested.records if not record.get("cases", True)]
    if asked:
        notes.append(f"{len(asked)} test images have no object that could be shown to the model.")
    return tuple(notes)


def _listed(names: Sequence[str]) -> str:
    if len(names) > _MOST_NAMED:
        names = [*names[:_MOST_NAMED], f"{len(names) - _MOST_NAMED} other classes"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
