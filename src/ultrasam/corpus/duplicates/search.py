"""The search for images that are there more than once, within data sets and across them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.coco.skipped import Skipped
from ultrasam.corpus.duplicates.candidates import Pairs, near_pairs
from ultrasam.corpus.duplicates.clusters import clusters_of
from ultrasam.corpus.duplicates.confirming import LEAST_CORRELATION, confirmed
from ultrasam.corpus.duplicates.duplicates import Duplicates
from ultrasam.corpus.duplicates.entries import DataSet, Entry, read_data_set
from ultrasam.corpus.duplicates.fingerprint import DTYPE, VIEWS, Fingerprints
from ultrasam.corpus.duplicates.fingerprint_file import Unreadable, fingerprints
from ultrasam.errors import InputError
from ultrasam.extras import require

#: Bits of 256 by which the hashes of copies differ at most.
#:
#: Measured on copies of 220 images of 11 data sets. Found in all of them: JPEG and WebP of quality 60, half the size,
#: 480 x 320, 112 x 112 as JPEG, 30 grey values brighter, 1.3 times the contrast, gamma 0.7, a frame of 40 black pixels,
#: 1 % cut off on all sides, mirrored, flipped and turned. Found in 98 of 100: callipers drawn. In 96: a frame, another
#: size and JPEG together. In 1 of 100: 3 % cut off on all sides, for which there is no remedy here: those hashes differ
#: in 50 to 70 bits. In real data (BUSI, MMOTU, USGRA), the pairs up to 32 that were looked at were all one scan, those
#: up to 60 still were in part; the first different patients (CAMUS) are at 40.
MAX_DISTANCE = 32


def find_duplicates(
    folders: Sequence[str | os.PathLike[str]],
    *,
    workers: int = 1,
    max_distance: int = MAX_DISTANCE,
    within_groups: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Duplicates:
    """Find images that are one: equal in every pixel, or the same scan at another size, compressed anew or turned.

    An image is compared whole and without its frame, as it is, mirrored, flipped and turned: hashes first, then, where
    those are near, details (see :func:`confirmed`). Frames of a sequence that follow each other closely are as near
    as copies are; where nothing names the sequence or the patient, they are found as duplicates.

    Args:
        folders: COCO files, or folders with one; of different names.
        workers: processes that read images; the answer is the same with any number.
        max_distance: bits in which the hashes may differ.
        within_groups: also compare images of one patient or one sequence with each other; else such pairs are counted.
        on_progress: called with the number of images that are read, and of all.

    Raises:
        InputError: a folder cannot be read, two data sets have one name, or the distance is out of bounds.
        MissingExtraError: ImageHash is not installed, or an image needs another package.
    """
    require("imagehash", needed_for="Perceptual hashes")
    data_sets = [read_data_set(folder) for folder in folders]
    _check_names(data_sets)
    entries, prints, unreadable = _read_all(data_sets, workers, on_progress)
    pairs, left_alone = _pairs(prints, _groups(entries), max_distance, within_groups)
    return Duplicates(
        settings={
            "sets": [data_set.name for data_set in data_sets],
            "max_distance": max_distance,
            "least_correlation": LEAST_CORRELATION,
            "within_groups": within_groups,
        },
        images=len(entries),
        clusters=clusters_of(entries, prints, pairs),
        left_alone=left_alone,
        skipped=(*(entry for data_set in data_sets for entry in data_set.skipped), *unreadable),
    )


def _check_names(data_sets: Sequence[DataSet]) -> None:
    repeated = [name for name, count in Counter(data_set.name for data_set in data_sets).items() if count > 1]
    if repeated:
        raise InputError(
            f"Expected data sets of different names, but several are called {repeated[0]}: change name in dataset.json."
        )


def _read_all(
    data_sets: Sequence[DataSet], workers: int, on_progress: Callable[[int, int], None] | None
) -> tuple[list[Entry], Fingerprints, list[Skipped]]:
    total = sum(len(data_set.entries) for data_set in data_sets)
    done = 0

    def on_image() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done, total)

    entries: list[Entry] = []
    prints: list[Fingerprints] = [np.empty(0, DTYPE)]
    skipped: list[Skipped] = []
    for data_set in data_sets:
        answers = fingerprints(data_set, workers=workers, on_image=on_image)
        for entry, answer in zip(data_set.entries, answers, strict=True):
            if isinstance(answer, Unreadable):
                skipped.append(Skipped(entry.data_set, f"image {entry.image}", answer.reason))
            else:
                entries.append(entry)
                prints.append(answer)
    return entries, np.concatenate(prints), skipped


def _groups(entries: Sequence[Entry]) -> npt.NDArray[np.int64]:
    """``(N,)``: the same number for images of one patient or sequence, another one for each that is alone."""
    numbers: dict[object, int] = {}
    keys = ((entry.data_set, entry.group or entry.path) for entry in entries)
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def _pairs(
    prints: Fingerprints, groups: npt.NDArray[np.int64], max_distance: int, within_groups: bool
) -> tuple[npt.NDArray[np.int64], int]:
    """``(P, 3)`` images that are one: two numbers and a turn; and how many pairs were left alone."""
    kept, left_alone = [_equal(prints["digest"])], [np.empty((0, 3), np.int64)]
    if not within_groups:
        kept[0] = kept[0][groups[kept[0][:, 0]] != groups[kept[0][:, 1]]]
    for view in range(VIEWS):
        details = prints["detail"][:, view]
        # Without contrast, all hashes are alike.
        telling = np.flatnonzero(details.any((1, 2)))
        near = near_pairs(prints["hash"][telling, view], max_distance)
        if not within_groups:
            inside = groups[telling[near.first]] == groups[telling[near.second]]
            left_alone.append(_numbers(telling, near.where(inside)))
            near = near.where(~inside)
        kept.append(_numbers(telling, near.where(confirmed(details[telling], near))))
    return np.concatenate(kept), len(np.unique(np.concatenate(left_alone)[:, :2], axis=0))


def _equal(digests: npt.NDArray[np.bytes_]) -> npt.NDArray[np.int64]:
    """``(P, 3)``: each image that is equal to earlier ones, after the first of them; not turned."""
    _, first, kind = np.unique(digests, return_index=True, return_inverse=True)
    pairs: npt.NDArray[np.int64] = np.stack([first[kind], np.arange(len(digests)), np.zeros(len(digests), np.int64)], 1)
    different: npt.NDArray[np.bool_] = pairs[:, 0] != pairs[:, 1]
    return pairs[different]


def _numbers(telling: npt.NDArray[np.int64], pairs: Pairs) -> npt.NDArray[np.int64]:
    return np.stack([telling[pairs.first], telling[pairs.second], pairs.turn], 1)
