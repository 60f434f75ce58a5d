"""The images of a run: those of several folders, with their weights, and those that choose the best weights."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ultrasam.corpus import CocoFolder, CocoImage, Skipped
from ultrasam.errors import InputError
from ultrasam.evaluation.data import chosen_images
from ultrasam.training.data_sets import of_split, read_data_sets
from ultrasam.training.dataset import AnnotatedImage
from ultrasam.training.order import image_weights
from ultrasam.training.recipe import DataSettings

log = logging.getLogger(__name__)

#: Images or patients that are named in one message.
_MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class TrainingCorpus:
    """What a run trains on and is validated on.

    Attributes:
        train_folders: the data sets of the training split.
        train: their annotated images.
        weights: how often each of them comes.
        val_folders: the data sets of the validation split.
        val: the images that choose the best weights.
        left_out: what of the data sets cannot be used, with reasons: whole sets of either split, and images and
            annotations of any.
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

    @property
    def train_used(self) -> list[tuple[CocoFolder, tuple[CocoImage, ...]]]:
        """The training data sets, each with the images of it that are trained on."""
        return _by_group(self.train_folders, self.train)

    @property
    def val_used(self) -> list[tuple[CocoFolder, tuple[CocoImage, ...]]]:
        """The validation data sets, each with the images of it that are measured."""
        return _by_group(self.val_folders, self.val)


def read_corpus(settings: DataSettings, seed: int) -> TrainingCorpus:
    """Read the folders of a recipe.

    Raises:
        InputError: none is named, nothing is found, or an image or a patient would be both in training and in
            validation.
    """
    if not settings.folders:
        raise InputError("Expected data to train on, but the recipe names none: give data.folders, or --data DIR.")
    if settings.train_split == settings.val_split:
        raise InputError(
            f"Expected different splits for training and validation, but both are {settings.train_split!r}."
        )
    folders, left_out = read_data_sets(settings.folders, settings.leave_out)
    train_folders, not_trained_on = of_split(folders, settings.train_split)
    val_folders, not_validated_on = of_split(folders, settings.val_split)
    absent = settings.weights.keys() - {folder.name for folder in train_folders}
    if absent:
        log.warning("The recipe has weights of data sets that are not here: %s", ", ".join(sorted(absent)))
    _check_apart(train_folders, val_folders, settings.allow_shared_patients)
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
        left_out=(*not_trained_on, *not_validated_on, *left_out),
    )


def _by_group(
    folders: Sequence[CocoFolder], entries: Iterable[AnnotatedImage]
) -> list[tuple[CocoFolder, tuple[CocoImage, ...]]]:
    images = defaultdict(list)
    for entry in entries:
        images[entry.group].append(entry.image)
    return [(folder, tuple(images[number])) for number, folder in enumerate(folders)]


def _check_apart(
    train_folders: Iterable[CocoFolder], val_folders: Iterable[CocoFolder], allow_shared_patients: bool
) -> None:
    """Raise InputError where an image or a patient is on both sides: validation would reward what is known by heart."""
    paths = {image.path for folder in train_folders for image in folder.images if image.instances}
    both = [image.file_name for folder in val_folders for image in folder.images if image.path in paths]
    if both:
        raise InputError(
            f"Expected other images for validation than for training, but {_some(both)} would be in both: "
            "give data.train_split and data.val_split that have no image in common."
        )
    patients = defaultdict(set)
    for folder in train_folders:
        patients[folder.name] = _patients(folder)
    for folder in val_folders:
        shared = sorted(patients[folder.name] & _patients(folder))
        if shared and not allow_shared_patients:
            raise InputError(
                f"Expected other patients for validation than for training, but {_some(shared)} of {folder.name} would "
                "be in both: split by patient, or say --set data.allow_shared_patients=true."
            )


def _patients(folder: CocoFolder) -> set[str]:
    return {image.patient for image in folder.images if image.instances and image.patient is not None}


def _some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _annotated(folder: CocoFolder, group: int) -> list[AnnotatedImage]:
    return [AnnotatedImage(image, folder.name, group) for image in folder.images if image.instances]


def describe(folders: Sequence[CocoFolder]) -> str:
    """``"7,347 images of 10 data sets"``."""
    images = sum(1 for folder in folders for image in folder.images if image.instances)
    return f"{counted(images, 'image')} of {counted(len(folders), 'data set')}"


def counted(count: int, noun: str) -> str:
    """``"1 image"``, ``"7,347 images"``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
