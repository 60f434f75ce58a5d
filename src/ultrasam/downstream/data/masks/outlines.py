"""Mask files to the objects of their images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TypeVar

from ultrasam.corpus import Instance, Skipped
from ultrasam.corpus.preparing.converting import components
from ultrasam.corpus.reading.legend import Legend
from ultrasam.corpus.sample import Annotated, Unreadable
from ultrasam.corpus.source.natural_order import natural_key
from ultrasam.downstream.data.decoding import threads
from ultrasam.downstream.data.draft import Entry
from ultrasam.downstream.data.files import image_size
from ultrasam.downstream.data.masks.classes import Named
from ultrasam.downstream.data.masks.legend import OBJECT, legend_of
from ultrasam.downstream.data.masks.values import MaskValues, load_mask
from ultrasam.errors import ImageError, InputError
from ultrasam.imaging import mask_to_rle, read_mask

Work = TypeVar("Work")
Answer = TypeVar("Answer")
_NO_VALUES = MaskValues()
_PIECES = (
    "Of {count} objects, {split_up} are in several pieces, and each counts as one object: where pieces are objects of "
    "their own, set data.reading.pieces=true."
)


@dataclass(frozen=True)
class Outline:
    """A mask file of an image.

    Attributes:
        path: the file.
        category: the class of all that is not 0 in it; None where a legend says what its values are.
    """

    path: Path
    category: str | None = None


@dataclass(frozen=True, eq=False)
class Outlined:
    """What became of mask files.

    Attributes:
        entries: the images with their sizes and objects; of those that can be used.
        classes: names, in the order of the legend.
        notes: what should be known.
        unusable: images whose masks cannot be used.
    """

    entries: tuple[Entry, ...]
    classes: tuple[str, ...]
    notes: tuple[Skipped, ...]
    unusable: tuple[Skipped, ...]


def read_outlines(
    images: Sequence[tuple[Entry, tuple[Outline, ...]]], named: Named, *, is_instance: bool, pieces: bool, name: str
) -> Outlined:
    """Decode the masks of images.

    Args:
        images: each with its mask files.
        named: what the values of masks mean, as far as the user says it.
        is_instance: whether objects of one class are told apart.
        pieces: of instances: whether each connected piece of a class is one.
        name: of the data set.

    Raises:
        InputError: nobody can say what the values mean.
    """
    open_masks = [outline.path for _, outlines in images for outline in outlines if outline.category is None]
    surveyed = _parallel(_values, open_masks)
    legend = None
    if open_masks:
        legend = legend_of(reduce(or_, surveyed, _NO_VALUES), named, each_value_an_object=is_instance, where=name)
    decoder = _Decoder(legend, is_instance, pieces)
    entries, unusable, split_up = [], [], 0
    for (entry, _), answer in zip(images, _parallel(decoder, images), strict=True):
        if isinstance(answer, str):
            unusable.append(Skipped(name, entry.name, answer))
        else:
            entries.append(answer[0])
            split_up += answer[1]
    notes = []
    if split_up:
        count = sum(len(entry.instances) for entry in entries)
        notes.append(Skipped(name, "masks", _PIECES.format(split_up=split_up, count=count)))
    classes = dict.fromkeys(title for _, title in legend.entries if title) if legend else {}
    named_by_rows = {outline.category for _, outlines in images for outline in outlines if outline.category}
    classes |= dict.fromkeys(sorted(named_by_rows, key=natural_key))
    return Outlined(tuple(entries), tuple(classes), tuple(notes), tuple(unusable))


@dataclass(frozen=True)
class _Decoder:
    """An image with its masks to an entry with its objects, and how many of them are in several pieces; or why not."""

    legend: Legend | None
    is_instance: bool
    pieces: bool

    def __call__(self, image: tuple[Entry, tuple[Outline, ...]]) -> tuple[Entry, int] | str:
        entry, outlines = image
        try:
            size_hw = entry.size_hw or image_size(entry.path)
            found = [found for outline in outlines for found in self._objects(outline, size_hw)]
        except (ImageError, InputError, Unreadable) as error:
            return str(error)
        # Where objects are not told apart, pieces do not matter, and finding them takes long.
        parts = [components(one.mask) if self.is_instance else [one.mask] for one in found]
        masks = [
            (one.category, mask)
            for one, several in zip(found, parts, strict=True)
            for mask in (several if self.pieces else [one.mask])
        ]
        instances = tuple(
            Instance(f"{entry.name}#{number}", category, mask_to_rle(mask), size_hw)
            for number, (category, mask) in enumerate(masks, 1)
        )
        split_up = 0 if self.pieces else sum(len(several) > 1 for several in parts)
        return replace(entry, size_hw=size_hw, instances=(*entry.instances, *instances)), split_up

    def _objects(self, outline: Outline, size_hw: tuple[int, int]) -> Sequence[Annotated]:
        if outline.category is not None or self.legend is None:
            mask = read_mask(outline.path)
            _check_size(mask.shape, size_hw, outline.path)
            return [Annotated(outline.category or OBJECT, mask)] if mask.any() else []
        values = load_mask(outline.path)
        _check_size(values.shape[:2], size_hw, outline.path)
        found = self.legend.decode(values)
        lost = [remark for remark in found.remarks if remark.is_loss and remark.pixels]
        if lost:
            raise InputError(
                f"Expected values of the legend in the mask {outline.path.name}, but "
                + ", ".join(f"{remark.pixels} pixels have {remark.detail}" for remark in lost)
                + ": name them in classes.json, as null where they are background."
            )
        return found.objects


def _check_size(own_hw: tuple[int, ...], size_hw: tuple[int, int], path: Path) -> None:
    if tuple(own_hw) != size_hw:
        raise InputError(
            f"Expected a mask of its image's size, {size_hw[0]} x {size_hw[1]} (rows x columns), but {path.name} has "
            f"{' x '.join(str(side) for side in own_hw)}."
        )


def _values(path: Path) -> MaskValues:
    """The values of a mask; none of one that cannot be read, which is told where its image is."""
    try:
        return MaskValues.of(path)
    except (ImageError, InputError, Unreadable):
        return _NO_VALUES


def _parallel(function: Callable[[Work], Answer], work: Sequence[Work]) -> list[Answer]:
    with ThreadPoolExecutor(threads()) as pool:
        return list(pool.map(function, work))
