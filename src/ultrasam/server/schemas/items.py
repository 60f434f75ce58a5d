"""What an annotation is made of, objects, rulers, what is said of an image as a whole; and how it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from ultrasam.imaging.rle import rle_runs
from ultrasam.server.schemas.base import ClientId, Wire
from ultrasam.server.schemas.numbers import BoxXYXY, Colour, Count, Number, PointXY, SpacingXY, Uuid

if TYPE_CHECKING:
    from typing_extensions import Self

#: How far the work on an image is.
State: TypeAlias = Literal["new", "in work", "done"]
#: The id of the one item that is about the image as a whole.
IMAGE_ID = "image"

_Side: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=65_535)]
#: Pixels of the largest mask; more runs than this fits no number of the encoding.
_MOST_PIXELS = 2**31 - 1
#: Items in one change.
_MOST_ITEMS = 2_000


class Rle(Wire):
    """A mask as COCO's compressed run lengths; ``size`` is (height, width)."""

    size: tuple[_Side, _Side]
    counts: Annotated[str, StringConstraints(pattern="^[0-o]+$", max_length=8 * 2**20)]

    @model_validator(mode="after")
    def _fills_its_size(self) -> Self:
        height, width = self.size
        if height * width > _MOST_PIXELS:
            raise ValueError(f"Expected a mask of at most {_MOST_PIXELS} pixels, but got {height} x {width}.")
        # Each run for itself, too: a sum of huge ones would overflow to anything.
        if rle_runs({"size": self.size, "counts": self.counts}).max() > height * width:
            raise ValueError(f"Expected runs that fill {height} x {width} pixels, but one is longer than all of them.")
        return self


class Point(Wire):
    """A click: 1 inside the object, 0 outside it."""

    x: Number
    y: Number
    label: Literal[0, 1]


class Prompt(Wire):
    """What a user said about one object.

    Attributes:
        start: a mask to begin with: a former one, or a painted one.
        choice: 0: the model's single mask; 1 to 3: its alternatives in the network's order.
    """

    points: Annotated[list[Point], Field(max_length=1_000)]
    box_xyxy: BoxXYXY | None
    start: Rle | None
    choice: Literal[0, 1, 2, 3]


class ObjectItem(Wire):
    """One structure on one frame.

    Attributes:
        label_id: one of the project's labels, or None.
        colour: None for the label's.
        position: order in the list and on the picture; the highest is on top.
        score: the predicted IoU; None for a painted mask.
        track: the same for one structure on all frames of a cine; at first the object's own id.
    """

    kind: Literal["object"]
    id: Uuid
    frame: Count
    label_id: Uuid | None
    colour: Colour | None
    visible: bool
    locked: bool
    position: Number
    prompt: Prompt
    mask: Rle | None
    score: Number | None
    origin: Literal["model", "brush"]
    track: Uuid


class RulerItem(Wire):
    """A distance between two points of one frame."""

    kind: Literal["ruler"]
    id: Uuid
    frame: Count
    from_xy: Annotated[PointXY, Field(alias="from")]
    to_xy: Annotated[PointXY, Field(alias="to")]
    visible: bool


class ImageItem(Wire):
    """What is said about a whole file; crop, redactions and spacing hold for all of its frames.

    Attributes:
        spacing_mm: ``(x, y)`` mm per pixel that the user gave, in the place of what the file says; None for that.
    """

    kind: Literal["image"]
    id: Literal["image"]
    state: State
    crop: BoxXYXY | None
    redactions: Annotated[list[BoxXYXY], Field(max_length=500)]
    note: Annotated[str, StringConstraints(max_length=20_000)]
    spacing_mm: SpacingXY | None = None


Item: TypeAlias = Annotated[ObjectItem | RulerItem | ImageItem, Field(discriminator="kind")]
_ITEM: TypeAdapter[ObjectItem | RulerItem | ImageItem] = TypeAdapter(Item)


def read_item(document: dict[str, Any]) -> ObjectItem | RulerItem | ImageItem:
    """An item from its JSON, as the project keeps it.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return _ITEM.validate_python(document)


class Change(Wire):
    """One step of work on an image, as it is saved: whole items that are put, ids that are removed.

    Attributes:
        id: of this change; sent again it is done once.
        client: the tab that made it.
        base_revision: the revision that it was made from.
    """

    id: Uuid
    client: ClientId
    base_revision: Count
    put: Annotated[list[Item], Field(max_length=_MOST_ITEMS)]
    remove: Annotated[list[Uuid | Literal["image"]], Field(max_length=_MOST_ITEMS)]

    @model_validator(mode="after")
    def _names_each_item_once(self) -> Self:
        ids = [item.id for item in self.put] + self.remove
        if len(set(ids)) < len(ids):
            raise ValueError("Expected each item once in a change, but an id comes twice in put and remove.")
        return self


class Label(Wire):
    """What objects may be called, and their colour."""

    id: Uuid
    # No control characters: names go into file names and tables.
    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    ]
    colour: Colour
