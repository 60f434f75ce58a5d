"""One converted sample: what is kept of it until the data set's files are written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Record:
    """The outcome of one sample.

    Attributes:
        key: fingerprint of the sample and of the code that converts it.
        source: path of its image inside the distribution.
        image: COCO's entry without ``id`` and ``license``; None where the sample was left out.
        objects: ``{"category", "segmentation", "area", "bbox"}`` each.
        remarks: ``(kind, detail, pixels)`` each.
        reason: why it was left out.
        is_retried: whether it was left out for what may be otherwise next time: a file that could not be read.
        bytes: size of the written image file.
    """

    key: str
    source: str
    image: dict[str, Any] | None = None
    objects: tuple[dict[str, Any], ...] = ()
    remarks: tuple[tuple[str, str, int], ...] = ()
    reason: str = ""
    is_retried: bool = False
    bytes: int = 0

    def as_line(self) -> str:
        """One line of JSON."""
        return json.dumps(vars(self), allow_nan=False, separators=(",", ":")) + "\n"

    @classmethod
    def of_line(cls, line: str) -> Record:
        """The record of a line.

        Raises:
            ValueError: the line was cut off.
        """
        try:
            values = json.loads(line)
            values["objects"] = tuple(values["objects"])
            values["remarks"] = tuple((kind, detail, pixels) for kind, detail, pixels in values["remarks"])
            return cls(**values)
        except (TypeError, KeyError) as error:
            raise ValueError(f"no record: {error}") from error
