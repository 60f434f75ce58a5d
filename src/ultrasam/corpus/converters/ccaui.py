"""CCAUI: ``US images/202201121748100022VAS_slice_1069.png`` with a mask of the same name in ``Expert mask images``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source, SourceFile

_LEGEND = Legend.binary("carotid_artery")
_IMAGES_OF_A_SUBJECT = 100


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The acquisition stands before ``_slice_``, the frame after it."""
    images, masks = source.select("US images/*.png"), source.select("Expert mask images/*.png")
    subject_of = subjects(_acquisition(image) for image in images)
    if images and not subject_of:
        notes.warn("The subjects are unknown, as the acquisitions do not add up to a hundred images of each.")
    for image, mask in pairs(images, masks, notes):
        acquisition, frame = _acquisition(image), image.stem.rpartition("_slice_")[2]
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), _LEGEND),),
            patient=subject_of.get(acquisition),
            sequence=acquisition or None,
            frame=int(frame) if acquisition and frame.isdecimal() else None,
            is_negative_if_empty=False,
        )


def subjects(acquisitions: Iterable[str]) -> dict[str, str]:
    """The number of the subject that each acquisition is of, inferred from their sizes.

    There are 100 images of each subject, and a name begins with its date and time. In that order the acquisitions of
    the real files fill one hundred after another, and none is cut by the end of one.

    Args:
        acquisitions: name of the acquisition of each image.

    Returns:
        nothing, where a hundred is not filled exactly, or an image names no acquisition.
    """
    found: dict[str, str] = {}
    subject, images = 1, 0
    for acquisition, count in sorted(Counter(acquisitions).items()):
        found[acquisition] = str(subject)
        images += count
        if images == _IMAGES_OF_A_SUBJECT:
            subject, images = subject + 1, 0
    return {} if images or "" in found else found


def _acquisition(image: SourceFile) -> str:
    return image.stem.rpartition("_slice_")[0]
