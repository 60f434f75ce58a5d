"""How a user's data are read: columns, classes, parts, and what is asked of patients."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field, field_validator, model_validator

from ultrasam.corpus.splitting.settings import check_shares
from ultrasam.errors import InputError
from ultrasam.training.settings import Settings

if TYPE_CHECKING:
    from typing_extensions import Self


class ReadingOptions(Settings):
    """What a data set's layout leaves open.

    Attributes:
        masks: folder of mask files, relative to the data's folder or absolute; None looks for ``masks/``,
            ``labels/``, … beside ``images/``, and for ``x_mask.png`` beside ``x.png``.
        image_column: of a table: paths relative to the table's folder, or to ``images/`` in it.
        label_column: of a table: the class. Several columns, as ``"cyst,nodule"``, hold 0 or 1 each. In a COCO file
            another name than ``"label"`` is a fact about each image, instead of its objects' category.
        mask_column: of a table: mask files; several are separated by ``;`` and are one object each.
        patient_column: of a table: whose image it is.
        split_column: of a table: ``train``, ``val`` or ``test``.
        targets: columns of a table, or facts about the images of a COCO file, that are predicted as numbers.
        several: whether an image may have any number of classes at once; labels are then lists as ``a;b``.
        classes: names, to choose some and to order them. For masks of numbers: the names of 1, 2, … in this order.
        pieces: instances out of masks: whether each connected piece of a class is an object of its own. Otherwise a
            class in a mask file is one object, in however many pieces.
        val: share of the images for validation, where the data come without it.
        test: share of the images for the test, where the data come without it.
        seed: of the parts, the share and the limit.
        share: share of the training patients that is used, the same of each class and at least one of each. A
            smaller share is part of a larger one with the same seed.
        patient_pattern: a regular expression on file names; its first group is the patient: ``"^(p[0-9]+)_"``.
        limit: at most so many images of each part, for a quick try; 0 takes all.
        check: whether every image and mask is decoded before anything else. Only for data that were checked before,
            and where reading them takes long, should this be left out.
        leave_out_unusable: whether images that cannot be used are left out and reported; otherwise they are an error.
    """

    masks: str | None = None
    image_column: str = "image"
    label_column: str = "label"
    mask_column: str = "mask"
    patient_column: str = "patient"
    split_column: str = "split"
    targets: tuple[str, ...] = ()
    several: bool = False
    classes: tuple[str, ...] = ()
    pieces: bool = False
    val: float = Field(0.15, ge=0, lt=1)
    test: float = Field(0.2, ge=0, lt=1)
    seed: int = Field(0, ge=0, le=2**32 - 1)
    share: float = Field(1.0, gt=0, le=1)
    patient_pattern: str | None = None
    limit: int = Field(0, ge=0)
    check: bool = True
    leave_out_unusable: bool = False

    @property
    def label_columns(self) -> tuple[str, ...]:
        """The columns of ``label_column``; with more than one, an image may have several classes."""
        return _names(self.label_column)

    @field_validator("label_column")
    @classmethod
    def _labels_have_a_column(cls, value: str) -> str:
        if not _names(value):
            raise ValueError(f"Expected the name of a column, or several separated by commas, but got {value!r}.")
        return value

    @field_validator("classes", "targets")
    @classmethod
    def _names_are_different(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value) or not all(name.strip() for name in value):
            raise ValueError(f"Expected different names, none empty, but got {', '.join(value)}.")
        return value

    @field_validator("patient_pattern")
    @classmethod
    def _pattern_has_a_group(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            groups = re.compile(value).groups
        except re.error as error:
            raise ValueError(f"Expected a regular expression, but {value!r} is none: {error}.") from error
        if not groups:
            raise ValueError(f"Expected a group in brackets that is the patient, but {value!r} has none.")
        return value

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> Self:
        try:
            check_shares(self.val, self.test)
        except InputError as error:
            raise ValueError(str(error)) from error
        return self


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
