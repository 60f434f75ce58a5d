"""Annotated images as training and validation see them: augmented, in the model's frame, with prompts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ultrasam.corpus import CocoImage, Instance
from ultrasam.errors import ImageError, InputError
from ultrasam.imaging import read
from ultrasam.inference.pipelines import SamPipeline, to_object_prompt
from ultrasam.training.augmentation import AugmentationSettings, augment
from ultrasam.training.batch import Item
from ultrasam.training.cover import cover
from ultrasam.training.prompts import FirstKind, PromptSettings, first_prompt, prompt_of_kind
from ultrasam.training.sample import Sample
from ultrasam.types import Pixels, Prompts

log = logging.getLogger(__name__)

#: What an image or its annotations can be to blame for; anything else stops the run.
_UNUSABLE = (ImageError, InputError)
#: So many images in a row that cannot be used are no accident.
_MOST_UNUSABLE = 20
#: What randomness is for: none of two purposes shares a generator.
_FOR_TRAINING, _FOR_VALIDATION = 1, 2

#: The prompts that validation asks: exact box, the click of a person, and a box 15 % beside.
VALIDATION_KINDS: tuple[FirstKind, ...] = ("box", "interior_point", "shifted_box")
_VALIDATION_PROMPTS = PromptSettings(shift=(0.15, 0.15))


@dataclass(frozen=True, eq=False)
class AnnotatedImage:
    """An image of the corpus, with the number of its data set."""

    image: CocoImage
    dataset: str
    group: int

    @property
    def name(self) -> str:
        """Data set and file, for messages."""
        return f"{self.dataset}/{self.image.file_name}"


@dataclass(frozen=True, eq=False)
class Asked:
    """A prompt, the row of the sample's masks that it is about, and the number of its kind (validation only)."""

    prompt: Prompts
    row: int
    kind: int = 0


@dataclass(frozen=True, eq=False)
class Preparation:
    """How images and masks come into the model's frame.

    Attributes:
        pipeline: that of the weights.
        input_size: side of the network's input in pixels.
        stride: pixels of the model's frame per pixel of the true masks.
        embedding_of: gives ``(256, S/16, S/16)`` for an image's pixels, where the encoder is frozen; else None.
    """

    pipeline: SamPipeline
    input_size: int
    stride: int
    embedding_of: Callable[[Pixels], Tensor] | None = None

    def item(self, entry: AnnotatedImage, sample: Sample, asked: Sequence[Asked], draws: Tensor, position: int) -> Item:
        """An image and what is asked about it; see :class:`~ultrasam.training.batch.Item`."""
        frame = self.pipeline.frame(sample.size_hw, self.input_size)
        covers = [cover(mask, frame, self.stride) for mask in sample.masks]
        return Item(
            image=torch.from_numpy(np.array(self.pipeline.resized(sample.pixels, frame))).permute(2, 0, 1),
            embedding=None if self.embedding_of is None else self.embedding_of(sample.pixels),
            frame=frame,
            prompts=[to_object_prompt(ask.prompt, frame) for ask in asked],
            truths=torch.stack([covers[ask.row] for ask in asked]),
            name=entry.name,
            group=entry.group,
            kinds=torch.tensor([ask.kind for ask in asked]),
            draws=draws,
            position=position,
        )


class TrainingImages(Dataset[Item]):
    """An image at a position of the run: objects, augmentation and prompts hang on seed and position alone."""

    def __init__(
        self,
        images: Sequence[AnnotatedImage],
        preparation: Preparation,
        *,
        objects: int,
        augmentation: AugmentationSettings,
        prompts: PromptSettings,
        seed: int,
    ) -> None:
        self._images = images
        self._preparation = preparation
        self._objects = objects
        self._augmentation = augmentation
        self._prompts = prompts
        self._seed = seed

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, key: tuple[int, int]) -> Item:
        """The item of ``(position, image)``. An image that cannot be used is passed over, with a warning."""
        position, index = key
        for attempt in range(_MOST_UNUSABLE):
            entry = self._images[(index + attempt) % len(self._images)]
            try:
                return self._item(entry, position)
            except _UNUSABLE as error:
                log.warning("%s is passed over: %s", entry.name, error)
                last = error
        raise InputError(f"Expected images to train on, but {_MOST_UNUSABLE} in a row cannot be used. {last}")

    def _item(self, entry: AnnotatedImage, position: int) -> Item:
        rng = np.random.default_rng((self._seed, _FOR_TRAINING, position))
        chosen = _chosen(entry.image.instances, self._objects, rng)
        sample = load_sample(entry.image, chosen)
        if self._preparation.embedding_of is None:
            sample = augment(sample, self._augmentation, rng)
        # Where an image has fewer objects than are asked about, they come again with other prompts.
        rows = [i % len(chosen) for i in range(self._objects)]
        asked = [Asked(first_prompt(sample.masks[row], self._prompts, rng), row) for row in rows]
        draws = torch.from_numpy(rng.random((len(rows), self._prompts.rounds - 1)))
        return self._preparation.item(entry, sample, asked, draws, position)


class ValidationImages(Dataset[Item]):
    """An image with the same few prompts for each object, every time."""

    def __init__(self, images: Sequence[AnnotatedImage], preparation: Preparation, *, objects: int, seed: int) -> None:
        self._images = images
        self._preparation = preparation
        self._objects = objects
        self._seed = seed

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Item:
        """The item of an image; one that cannot be used ends the run, as a mean without it would be another."""
        entry = self._images[index]
        rng = np.random.default_rng((self._seed, _FOR_VALIDATION, index))
        try:
            sample = load_sample(entry.image, _chosen(entry.image.instances, self._objects, rng))
        except _UNUSABLE as error:
            raise InputError(f"Expected to validate on {entry.name}, but it cannot be used: {error}") from error
        asked = [
            Asked(prompt_of_kind(kind, mask, _VALIDATION_PROMPTS, rng), row, number)
            for row, mask in enumerate(sample.masks)
            for number, kind in enumerate(VALIDATION_KINDS)
        ]
        return self._preparation.item(entry, sample, asked, torch.zeros(len(asked), 0), index)


def load_sample(image: CocoImage, instances: Sequence[Instance]) -> Sample:
    """Read an image and decode some of its masks.

    Raises:
        ImageError: the file cannot be read.
        InputError: a mask cannot be used, or the image has another size than its annotations.
    """
    pixels = read(image.path).frame(0).pixels
    if pixels.shape[:2] != image.size_hw:
        raise InputError(
            f"Expected an image of {image.size_hw[0]} x {image.size_hw[1]} (rows x columns) as annotated, "
            f"but {image.file_name} has {pixels.shape[0]} x {pixels.shape[1]}."
        )
    return Sample(pixels, np.stack([instance.mask() for instance in instances]))


def _chosen(instances: Sequence[Instance], count: int, rng: np.random.Generator) -> list[Instance]:
    if len(instances) <= count:
        return list(instances)
    return [instances[i] for i in rng.choice(len(instances), count, replace=False)]
