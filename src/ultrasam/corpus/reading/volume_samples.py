"""The slices of a volume, or the frames of a cine, as samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ultrasam.corpus.reading.headers import volume_size
from ultrasam.corpus.reading.label_masks import LabelMask
from ultrasam.corpus.reading.legend import Legend
from ultrasam.corpus.reading.stacks import Axis, ImageStack, LabelPlane, LabelStack, Plane, Turn
from ultrasam.corpus.sample import MaskSource, Sample, Unreadable
from ultrasam.corpus.source import SourceFile


def volume_samples(
    name: str,
    image: SourceFile,
    mask: SourceFile,
    legend: Legend,
    *,
    axis: Axis = "z",
    turn: Turn = "none",
    reader: Callable[[LabelPlane, Legend], MaskSource] = LabelMask,
    **facts: Any,
) -> Iterator[Sample]:
    """One sample per plane of an image volume and its label volume (NIfTI or MetaImage).

    Planes without objects are left out unless ``facts`` say ``is_negative_if_empty=True``: of most volumes only a part
    was annotated.

    Args:
        name: of the volume, unique in the data set; also its sequence.
        image: grey or RGB.
        mask: labels.
        legend: what they mean.
        axis: along which planes follow each other.
        turn: how planes are turned before they are shown.
        reader: makes the objects of a plane of labels.
        facts: further attributes of :class:`Sample`, the same for all planes.

    Raises:
        Unreadable: a header is damaged, or one of the two has more planes.
    """
    count, label_count = ((*volume_size(file), 1, 1)["xyz".index(axis)] for file in (image, mask))
    if count != label_count:
        raise Unreadable(f"Expected the {count} planes of {image.path} in {mask.path}, but got {label_count}.")
    images, labels = ImageStack(image, axis), LabelStack(mask, axis)
    for index in range(count):
        yield Sample(
            name=f"{name}/{index:04}",
            pixels=Plane(images, index, turn),
            masks=(reader(LabelPlane(labels, index, turn), legend),),
            sequence=name,
            frame=index,
            **{"is_negative_if_empty": False, **facts},
        )
