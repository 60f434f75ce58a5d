"""The images of a run: those of several folders, with their weights, and those that choose the best weights."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ultrasam.corpus import CocoFolder, Skipped
from ultrasam.errors import InputError
from ultrasam.evaluation.data import chosen_images, read_folders
from ultrasam.training.dataset import AnnotatedImage
from ultrasam.training.order import image_weights
from ultrasam.training.recipe import DataSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TrainingCorpus:
    """What a run trains on and is validated on.

    Attributes:
        train_folders: the data sets of the training split.
        train: their annotated images.
        weights: how often each of them comes.
        val_folders: the data sets of the validation split.
        val: the images that choose the best weights.
        left_out: what could not be used, with reasons.
    """

    train_folders: tuple[CocoFolder, ...]
    train: tuple[AnnotatedImage, ...]
    weights: tuple[float, ...]
    val_folders: tuple[CocoFolder, ...]
    val: tuple[AnnotatedImage, ...]
    left_out: tuple[Skipped, ...]

    @property
    def val_names(self) -> list[str]:
        """Names of the validation data sets, by number."""
        return [folder.name for folder in self.val_folders]


def read_corpus(settings: DataSettings, seed: int) -> TrainingCorpus:
    """Read the folders of a recipe.

    Raises:
        InputError: none is named, nothing is found, or an image would be both in training and in validation.
    """
    if not settings.folders:
        raise InputError("Expected data to train on, but the recipe names none: give data.folders, or --data DIR.")
    if settings.train_split == settings.val_split:
        raise InputError(
            f"Expected different splits for training and validation, but both are {settings.train_split!r}."
        )
    train_folders, left_out = _folders(settings, settings.train_split)
    val_folders, val_left_out = _folders(settings, settings.val_split)
    absent = settings.weights.keys() - {folder.name for folder in train_folders}
    if absent:
        log.warning("The recipe has weights of data sets that are not here: %s", ", ".join(sorted(absent)))
    train = [_annotated(folder, number) for number, folder in enumerate(train_folders)]
    val = [
        AnnotatedImage(image, folder.name, number)
        for number, folder in enumerate(val_folders)
        for image in chosen_images(folder, limit=settings.val_images, seed=seed)
    ]
    return TrainingCorpus(
        train_folders=tuple(train_folders),
        train=tuple(image for images in train for image in images),
        weights=tuple(
            image_weights([len(images) for images in train], [settings.weights.get(f.name, 1.0) for f in train_folders])
        ),
        val_folders=tuple(val_folders),
        val=tuple(val),
        left_out=(*left_out, *val_left_out),
    )


def _folders(settings: DataSettings, split: str) -> tuple[list[CocoFolder], list[Skipped]]:
    """The data sets of a split."""
    folders, left_out = read_folders(settings.folders, split)
    kept = [folder for folder in folders if folder.name not in settings.leave_out]
    if not kept:
        raise InputError(f"Expected data of the split {split}, but leave_out names all of it.")
    return kept, left_out


def _annotated(folder: CocoFolder, group: int) -> list[AnnotatedImage]:
    return [AnnotatedImage(image, folder.name, group) for image in folder.images if image.instances]


def describe(folders: Sequence[CocoFolder]) -> str:
    """``"7,347 images of 10 data sets"``."""
    images = sum(1 for folder in folders for image in folder.images if image.instances)
    return f"{images:,} images of {len(folders)} data set{'' if len(folders) == 1 else 's'}"
