"""What a user can choose about a conversion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ultrasam.corpus.splitting import SplitSettings
from ultrasam.errors import InputError

Engine = Literal["local", "ray"]
Format = Literal["coco", "parquet"]


@dataclass(frozen=True)
class Options:
    """Choices of a conversion.

    Attributes:
        format: ``"coco"`` (a folder of images and ``coco.json``) or ``"parquet"`` (shards with image bytes and masks).
        components: whether the pieces of an object become objects of their own. They touch where pixels share an edge
            or a corner.
        min_area: pieces of fewer pixels are left out; written down beside the result. Only with ``components``.
        workers: processes.
        engine: ``"local"`` processes, or ``"ray"``.
        split: how the parts are made; None for how they were made last.
    """

    format: Format = "coco"
    components: bool = False
    min_area: int = 0
    workers: int = 1
    engine: Engine = "local"
    split: SplitSettings | None = None

    def __post_init__(self) -> None:
        if self.min_area and not self.components:
            raise InputError(
                f"Expected a minimum area only where objects are split into pieces, but got {self.min_area}: "
                "annotated objects are kept whatever their size."
            )
        if self.workers < 1:
            raise InputError(f"Expected one worker or more, but got {self.workers}.")
        if self.min_area < 0:
            raise InputError(f"Expected a minimum area of 0 pixels or more, but got {self.min_area}.")

    @property
    def recorded(self) -> dict[str, bool | int]:
        """The choices that change objects."""
        return {"components": self.components, "min_area": self.min_area}
