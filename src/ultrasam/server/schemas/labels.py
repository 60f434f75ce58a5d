"""The list of labels."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ultrasam.server.schemas.base import Wire
from ultrasam.server.schemas.items import Label
from ultrasam.server.schemas.numbers import Count


class LabelsRequest(Wire):
    """A whole list in the place of the one that it was made from.

    Attributes:
        base_revision: of that list.
        labels: the new one, in order.
    """

    base_revision: Count
    labels: Annotated[list[Label], Field(max_length=1_000)]


class CountedLabel(Label):
    """A label.

    Attributes:
        objects: how many objects of all images have it.
    """

    objects: int


class LabelsAnswer(Wire):
    """All labels, in order.

    Attributes:
        revision: of the list.
        labels: with the number of their objects.
    """

    revision: int
    labels: list[CountedLabel]
