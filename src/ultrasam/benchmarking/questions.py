"""What every combination is asked: which weights, which images, which boxes, how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ultrasam.benchmarking.made_image import made_boxes, made_image
from ultrasam.imaging import Frame, read
from ultrasam.types import BoxXYXY, Pixels
from ultrasam.weights import Pipeline

#: Different boxes of an image; more prompts at once repeat them.
_BOXES = 8


@dataclass(frozen=True, eq=False)
class Questions:
    """What every combination is asked.

    Attributes:
        weights: a name of the registry or a path.
        device: as :func:`ultrasam.load` takes it.
        input_size: side of the network's input in pixels; None is what the weights were trained at.
        pipeline: overrides how pixels and prompts are prepared.
        images: pixels of each image, ``(H, W)`` or ``(H, W, 3)`` uint8.
        boxes: of each image, at least one.
        images_made: whether the images are no real ones.
        prompt_counts: how many prompts are asked at once.
        rounds: turns of each combination.
        runs: how often each time is taken in a turn.
        fresh_graphs: whether each combination makes the graphs that it needs, in a folder that is removed at the end;
            else they come from the user's cache, where they stay.
    """

    weights: str
    device: str
    input_size: int | None
    pipeline: Pipeline | None
    images: tuple[Pixels, ...]
    boxes: tuple[tuple[BoxXYXY, ...], ...]
    images_made: bool = False
    prompt_counts: tuple[int, ...] = (1, 64)
    rounds: int = 3
    runs: int = 5
    fresh_graphs: bool = True

    @property
    def images_in_words(self) -> str:
        """How many images of which size, or that one was made."""
        sizes = sorted({(pixels.shape[1], pixels.shape[0]) for pixels in self.images})
        (least_w, least_h), (most_w, most_h) = sizes[0], sizes[-1]
        extent = f"{least_w} x {least_h}" if len(sizes) == 1 else f"{least_w} x {least_h} to {most_w} x {most_h}"
        if self.images_made:
            return f"a made image of {extent} pixels (a sector of speckle with cysts)"
        count = len(self.images)
        return f"{count} image{'s'[: count != 1]} of {extent} pixels"


def images_and_boxes(paths: Sequence[Path]) -> tuple[tuple[Pixels, ...], tuple[tuple[BoxXYXY, ...], ...]]:
    """Pixels of the first frame of each file, and boxes to ask about; without files, the made image with its own.

    Raises:
        ImageError: a file that cannot be read.
    """
    if not paths:
        pixels, boxes = made_image()
        return (pixels,), (tuple(boxes),)
    frames = [_first_frame(path) for path in paths]
    seeded = ((frame.size_hw, seed) for seed, frame in enumerate(frames))
    return tuple(frame.pixels for frame in frames), tuple(tuple(made_boxes(hw, _BOXES, seed)) for hw, seed in seeded)


def _first_frame(path: Path) -> Frame:
    with read(path) as image:
        return image.frame(0)
