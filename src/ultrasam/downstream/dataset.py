"""Examples as training and validation see them: augmented, in the model's frame, with the right answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Dataset

from ultrasam.corpus import Instance
from ultrasam.downstream.batch import HeadItem
from ultrasam.downstream.data.example import Example
from ultrasam.downstream.features import Features
from ultrasam.downstream.targets import Targets, class_map, covers
from ultrasam.errors import ImageError, InputError
from ultrasam.inference.pipelines import SamPipeline, to_object_prompt
from ultrasam.training.augmentation import AugmentationSettings, augment
from ultrasam.training.augmentation.flips import HorizontalFlip
from ultrasam.training.prompts import PromptSettings, first_prompt, prompt_of_kind
from ultrasam.training.sample import Sample
from ultrasam.training.stored_features import pixels_of
from ultrasam.types import Mask, Prompts

#: What randomness is for: none of two purposes shares a generator.
_FOR_TRAINING = 1


@dataclass(frozen=True, eq=False)
class HeadPreparation:
    """How images and what is known about them come into the network's terms.

    Attributes:
        pipeline: that of the weights.
        input_size: side of the network's input in pixels.
        targets: what is answered.
        is_frozen: whether the encoder is, so that images are mirrored at most, whether what it finds is kept or not.
        features: what a frozen encoder found in the images; None where they are encoded each time.
    """

    pipeline: SamPipeline
    input_size: int
    targets: Targets
    is_frozen: bool = False
    features: Features | None = None

    @property
    def needs_masks(self) -> bool:
        """Whether objects are answered or asked about."""
        return self.targets.is_prompted or self.targets.task in ("semantic", "instance")

    def item(
        self,
        example: Example,
        objects: Sequence[Instance],
        sample: Sample,
        prompts: Sequence[Prompts],
        position: int,
        *,
        is_mirrored: bool = False,
    ) -> HeadItem:
        """One image with its objects, as they are in the sample."""
        frame = self.pipeline.frame(sample.size_hw, self.input_size)
        task, features = self.targets.task, None
        if self.features is not None:
            features = self.features.of(example.name, is_mirrored=is_mirrored)
        image = None
        if features is None:
            image = torch.from_numpy(np.array(self.pipeline.resized(sample.pixels, frame))).permute(2, 0, 1)
        classes = [self.targets.classes.index(o.category) for o in objects] if task == "semantic" else []
        return HeadItem(
            image=image,
            features=features,
            frame=frame,
            answers=self.targets.answers(example, objects),
            covers=covers(list(sample.masks), frame) if task == "instance" or prompts else None,
            class_map=class_map(list(sample.masks), classes, frame) if task == "semantic" else None,
            prompts=[to_object_prompt(prompt, frame) for prompt in prompts],
            name=example.name,
            position=position,
        )

    def sample(self, example: Example, objects: Sequence[Instance], *, with_pixels: bool) -> Sample:
        """An image with the masks of some of its objects.

        Raises:
            InputError: the image or a mask cannot be used any more.
        """
        try:
            masks: list[Mask] = [instance.mask() for instance in objects]
            pixels = pixels_of(example.path) if with_pixels else np.broadcast_to(np.uint8(0), example.size_hw)
        except (ImageError, InputError) as error:
            raise InputError(f"Expected to learn from {example.name}, but it cannot be used: {error}") from error
        if pixels.shape[:2] != example.size_hw:
            raise InputError(
                f"Expected {example.name} with {example.size_hw[0]} x {example.size_hw[1]} (rows x columns) as when "
                f"the run began, but it has {pixels.shape[0]} x {pixels.shape[1]}: start the run again."
            )
        return Sample(pixels, np.stack(masks) if masks else np.zeros((0, *example.size_hw), bool))


class TrainExamples(Dataset[HeadItem]):
    """An image at a position of the run: object, augmentation and prompt hang on seed and position alone."""

    def __init__(
        self,
        examples: Sequence[Example],
        preparation: HeadPreparation,
        *,
        augmentation: AugmentationSettings,
        prompts: PromptSettings,
        seed: int,
    ) -> None:
        self._examples = examples
        self._preparation = preparation
        self._augmentation = augmentation
        self._prompts = prompts
        self._seed = seed

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, key: tuple[int, int]) -> HeadItem:
        """The item of ``(position, image)``."""
        position, index = key
        example, preparation = self._examples[index], self._preparation
        rng = np.random.default_rng((self._seed, _FOR_TRAINING, position))
        objects = preparation.targets.objects(example)
        if preparation.targets.is_prompted:
            objects = (objects[rng.integers(len(objects))],)
        is_mirrored = False
        if not preparation.is_frozen:
            # Objects that nobody asks about still keep augmentation from cutting off what the class is of.
            sample = augment(preparation.sample(example, objects, with_pixels=True), self._augmentation, rng)
        else:
            objects = objects if preparation.needs_masks else ()
            sample = preparation.sample(example, objects, with_pixels=preparation.features is None)
            is_mirrored = rng.random() < self._augmentation.horizontal_flip.probability
            if is_mirrored:
                sample = HorizontalFlip().change(sample, rng)
        prompts = (
            [first_prompt(mask, self._prompts, rng) for mask in sample.masks] if preparation.targets.is_prompted else []
        )
        return preparation.item(example, objects, sample, prompts, position, is_mirrored=is_mirrored)


class ValExamples(Dataset[HeadItem]):
    """An image as it is, each object shown by its exact box where objects are asked about."""

    def __init__(self, examples: Sequence[Example], preparation: HeadPreparation) -> None:
        self._examples = examples
        self._preparation = preparation

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> HeadItem:
        """The item of an image."""
        example, preparation = self._examples[index], self._preparation
        objects = preparation.targets.objects(example) if preparation.needs_masks else ()
        sample = preparation.sample(example, objects, with_pixels=preparation.features is None)
        rng = np.random.default_rng((0, index))
        prompts = (
            [prompt_of_kind("box", mask, PromptSettings(), rng) for mask in sample.masks]
            if preparation.targets.is_prompted
            else []
        )
        return preparation.item(example, objects, sample, prompts, index)
