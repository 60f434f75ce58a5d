"""Images that belong together: those of one person may never be on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ultrasam.corpus.coco.file import Id, is_id
from ultrasam.corpus.coco.image import text_or_none
from ultrasam.corpus.coco.skipped import Unusable
from ultrasam.errors import InputError

#: What holds images together, the strongest first: an image without a patient may still be a frame of a video.
KEYS = ("patient", "sequence")


def groups(images: Sequence[Mapping[str, Any]], ties: Iterable[tuple[Id, Id]] = ()) -> list[int]:
    """The group of each image: those of one patient; where none is named, of one sequence; else it is alone.

    Args:
        images: entries of a COCO file.
        ties: ids of images that belong together besides, such as duplicates; their groups become one.

    Returns:
        for each image the number of its group, counted from 0 in the order of their first images.

    Raises:
        InputError: two images have one id, a patient or sequence is neither text nor a number, or a tie names an
            image that is not there.

    Example:
        >>> groups([{"id": 1, "patient": "A"}, {"id": 2}, {"id": 3, "patient": "A"}, {"id": 4}], ties=[(2, 4)])
        [0, 1, 0, 1]
    """
    places = places_of(images)
    forest = _Forest(len(images))
    first_of: dict[tuple[str, str], int] = {}
    for place, entry in enumerate(images):
        key = group_key(entry)
        if key is not None:
            forest.join(first_of.setdefault(key, place), place)
    for pair in ties:
        missing = [image_id for image_id in pair if image_id not in places]
        if missing:
            raise InputError(f"Expected ties between images of the data set, but it has no image {missing[0]!r}.")
        forest.join(places[pair[0]], places[pair[1]])
    numbers: dict[int, int] = {}
    return [numbers.setdefault(forest.root(place), len(numbers)) for place in range(len(images))]


def group_key(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """``("patient", name)`` or ``("sequence", name)`` of an image entry; None where it names neither.

    Raises:
        InputError: it is neither text nor a number.
    """
    for key in KEYS:
        try:
            name = text_or_none(entry.get(key))
        except Unusable:
            raise InputError(
                f"Expected {key} of image {entry.get('id')} as text or a number, but got {str(entry[key])[:50]}."
            ) from None
        if name is not None:
            return key, name
    return None


def places_of(images: Sequence[Mapping[str, Any]]) -> dict[Id, int]:
    """Where in the list each image is, by its id.

    Raises:
        InputError: an entry has no id, or two have one.
    """
    places: dict[Id, int] = {}
    for place, entry in enumerate(images):
        image_id = entry.get("id") if isinstance(entry, Mapping) else None
        if not is_id(image_id):
            raise InputError(f"Expected images with an id, but got {str(entry)[:100]}: see  ultrasam data verify.")
        if image_id in places:
            raise InputError(f"Expected an id of its own for each image, but two have {image_id!r}.")
        places[image_id] = place
    return places


class _Forest:
    """Union-find; the root of a tree is its first member."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def root(self, member: int) -> int:
        parents = self._parents
        while parents[member] != member:
            parents[member] = member = parents[parents[member]]
        return member

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._parents[second] = first
