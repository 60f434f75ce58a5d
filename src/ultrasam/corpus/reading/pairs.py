"""Images and their masks, found by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.source import SourceFile

Key: TypeAlias = Callable[[SourceFile], str]


def stem(file: SourceFile) -> str:
    """The file's name without suffix, in lower case: archives are repacked on systems that do not know case."""
    return file.stem.lower()


def by_key(files: Iterable[SourceFile], key: Key, notes: Notes) -> dict[str, SourceFile]:
    """Files by what tells them apart; files that share it are left out, as nobody can say which one is meant."""
    found: defaultdict[str, list[SourceFile]] = defaultdict(list)
    for file in files:
        found[key(file)].append(file)
    for same in found.values():
        if len(same) > 1:
            for file in same:
                notes.skip(file, "Expected one file of this name, but there are several.")
    return {name: same[0] for name, same in found.items() if len(same) == 1}


def pairs(
    images: Iterable[SourceFile],
    masks: Iterable[SourceFile],
    notes: Notes,
    key: Key = stem,
    mask_key: Key | None = None,
) -> Iterator[tuple[SourceFile, SourceFile]]:
    """Each image with its mask, in the order of the images; what has no partner is left out and said.

    Args:
        images: files of images.
        masks: files of masks.
        notes: where files without a partner go.
        key: what tells an image apart.
        mask_key: what tells a mask apart, where it is something else: both give the same text for a pair.
    """
    mask_of = by_key(masks, mask_key or key, notes)
    for name, image in by_key(images, key, notes).items():
        mask = mask_of.pop(name, None)
        if mask is None:
            notes.skip(image, "Expected a mask for this image, but there is none.")
        else:
            yield image, mask
    for mask in mask_of.values():
        notes.skip(mask, "Expected an image for this mask, but there is none.")


def pairs_by_ending(
    files: Iterable[SourceFile], notes: Notes, mask: str, image: str = "", key: Key = stem
) -> Iterator[tuple[SourceFile, SourceFile]]:
    """As :func:`pairs`, of images and masks that lie together: ``010_HC.png`` with ``010_HC_Annotation.png``.

    Args:
        files: both.
        notes: where files without a partner go.
        mask: what names of masks end with, in lower case and without suffix: ``"_annotation"``.
        image: what names of images end with, if not just any other way.
        key: what tells a file apart; it ends as the name does.
    """
    masks: list[SourceFile] = []
    images: list[SourceFile] = []
    for file in files:
        if stem(file).endswith(mask):
            masks.append(file)
        elif stem(file).endswith(image):
            images.append(file)
    return pairs(
        images, masks, notes, lambda file: key(file).removesuffix(image), lambda file: key(file).removesuffix(mask)
    )
