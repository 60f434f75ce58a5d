"""The images that an int8 graph is calibrated with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.corpus import CocoFolder, CocoImage
from ultrasam.errors import ImageError
from ultrasam.imaging import read
from ultrasam.inference.pipelines import SamPipeline

#: One input of the encoder, ``(1, 3, S, S)`` float32.
Input = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CalibrationImages:
    """Images as a network takes them, prepared anew whenever they are gone through.

    Attributes:
        images: data set and image, in the order in which they are given.
        pipeline: prepares them.
        input_size: side of the network's input in pixels.
    """

    images: tuple[tuple[str, CocoImage], ...]
    pipeline: SamPipeline
    input_size: int

    def __len__(self) -> int:
        return len(self.images)

    def __iter__(self) -> Iterator[Input]:
        for _, image in self.images:
            with read(image.path) as opened:
                if len(opened) != 1:
                    raise ImageError(f"Expected one frame, but {image.file_name} has {len(opened)}.")
                frame = opened.frame(0)
            place = self.pipeline.frame(frame.size_hw, self.input_size)
            yield self.pipeline.to_input(frame.pixels, place)[None].numpy()

    @property
    def counts(self) -> dict[str, int]:
        """How many images are of each data set."""
        names = [name for name, _ in self.images]
        return {name: names.count(name) for name in dict.fromkeys(names)}


def choose_images(folders: Sequence[CocoFolder], count: int, *, seed: int = 0) -> tuple[tuple[str, CocoImage], ...]:
    """A seeded choice of images, the data sets by turns, so that a large one does not decide alone.

    Args:
        folders: data sets, each with at least one image.
        count: how many images at most.
        seed: of the choice.
    """
    rng = np.random.default_rng(seed)
    orders = [[(folder.name, folder.images[i]) for i in rng.permutation(len(folder.images))] for folder in folders]
    longest = max(map(len, orders))
    turns = [order[turn] for turn in range(longest) for order in orders if turn < len(order)]
    return tuple(turns[:count])
