"""Names of image files: readable, safe on every system, unique."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ultrasam.corpus.sample import Sample
from ultrasam.errors import InputError

_NOT_PLAIN = re.compile(r"[^\w.+-]+", re.ASCII)
_LONGEST = 120


def file_stems(samples: Sequence[Sample]) -> list[str]:
    """One file name without suffix per sample: ``"train/case 1"`` becomes ``train__case_1``.

    Names that only differ in what a file name cannot hold, or in case, get a number behind ``~``.

    Raises:
        InputError: two samples have one name.
    """
    seen: set[str] = set()
    taken: set[str] = set()
    stems = []
    for sample in samples:
        if sample.name in seen:
            raise InputError(f"Expected a name of its own for each sample, but two are called {sample.name!r}.")
        seen.add(sample.name)
        parts = (_NOT_PLAIN.sub("_", part).strip("._") for part in sample.name.split("/"))
        plain = "__".join(part for part in parts if part)[-_LONGEST:] or "image"
        stem, number = plain, 1
        while stem.lower() in taken:
            number += 1
            stem = f"{plain}~{number}"
        taken.add(stem.lower())
        stems.append(stem)
    return stems
