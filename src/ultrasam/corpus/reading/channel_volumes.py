"""Label volumes with a channel per structure, whose objects may overlap."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from ultrasam.corpus.reading.headers import volume_size, voxel_size
from ultrasam.corpus.reading.label_masks import LabelMask
from ultrasam.corpus.reading.legend import Legend
from ultrasam.corpus.reading.stacks import ArrayStack, Axis, ImageStack, LabelPlane, OpenStack, Plane, Turn, along
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.errors import ImageError
from ultrasam.extras import require
from ultrasam.imaging.limits import check_claimed_bytes

#: Columns and rows of a plane, by the axis along which planes follow each other.
_COLUMNS_ROWS: dict[Axis, str] = {"z": "xy", "y": "xz", "x": "yz"}


@dataclass(frozen=True)
class ChannelStack:
    """Planes ``(H, W, C)`` of a NIfTI file ``(x, y, z, C)``, with the numbers that are stored."""

    file: SourceFile
    axis: Axis = "z"

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file."""
        return (self.file,)

    def open(self, resources: ExitStack) -> OpenStack:  # noqa: ARG002  (nothing stays open)
        """Read the numbers of all channels.

        Raises:
            Unreadable: the file is damaged, cut off or of another kind, or has no channels.
        """
        nibabel = require("nibabel", needed_for="NIfTI files")
        is_packed = self.file.suffix.endswith(".gz")
        try:
            with self.file.open() as stream, nibabel.imageglobals.LoggingOutputSuppressor():
                image = nibabel.Nifti1Image.from_stream(gzip.GzipFile(fileobj=stream) if is_packed else stream)
                claimed = math.prod(image.shape) * image.get_data_dtype().itemsize
                check_claimed_bytes(claimed, self.file.size, self.file.path, is_packed=is_packed)
                values = np.asanyarray(image.dataobj)
        except ImageError:
            raise
        # nibabel meets damaged files with whatever Python and NumPy raise there.
        except Exception as error:
            reason = " ".join(str(error).split())
            raise Unreadable(f"Expected a NIfTI file in {self.file.path}, but it is damaged: {reason}") from error
        if values.ndim != 4:
            raise Unreadable(f"Expected a volume with channels in {self.file.path}, but got {values.shape}.")
        return ArrayStack(along(values.transpose(2, 1, 0, 3), self.axis))


def channel_samples(
    name: str,
    image: SourceFile,
    mask: SourceFile,
    classes: Sequence[str],
    *,
    axis: Axis = "z",
    turn: Turn = "none",
    **facts: Any,
) -> Iterator[Sample]:
    """One sample per plane of a NIfTI volume and a label volume with a channel of 0 and 1 per class.

    As :func:`~ultrasam.corpus.reading.volume_samples.volume_samples`, with an object for each channel that is not
    empty in a plane.

    Args:
        name: of the volume, unique in the data set; also its sequence.
        image: grey.
        mask: labels.
        classes: of the channels.
        axis: along which planes follow each other.
        turn: how planes are turned before they are shown.
        facts: further attributes of :class:`Sample`, the same for all planes.

    Raises:
        Unreadable: a header is damaged, or the labels have another size than the image and its classes.
    """
    size, label_size = volume_size(image)[:3], volume_size(mask)
    if label_size != (*size, len(classes)):
        raise Unreadable(
            f"Expected the size of {image.path} and {len(classes)} channels, {(*size, len(classes))}, in {mask.path}, "
            f"but got {label_size}."
        )
    spacing = voxel_size(image)
    columns, rows = ("xyz".index(letter) for letter in _COLUMNS_ROWS[axis])
    images, labels = ImageStack(image, axis), ChannelStack(mask, axis)
    legends = [Legend.index({1: category}) for category in classes]
    for index in range(size["xyz".index(axis)]):
        yield Sample(
            name=f"{name}/{index:04}",
            pixels=Plane(images, index, turn),
            masks=tuple(
                LabelMask(LabelPlane(labels, index, turn, channel), legend) for channel, legend in enumerate(legends)
            ),
            sequence=name,
            frame=index,
            spacing_mm=None if spacing is None else (spacing[columns], spacing[rows]),
            **{"is_negative_if_empty": False, **facts},
        )
