"""What a COCO file states and a :class:`~ultrasam.corpus.CocoFolder` leaves out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ultrasam.corpus.coco.file import Id, is_id
from ultrasam.corpus.coco.stream import stream_entries
from ultrasam.corpus.grouping import group_key
from ultrasam.errors import InputError


@dataclass(frozen=True, eq=False)
class Stated:
    """The statements of a file.

    Attributes:
        extents: annotation's id to its ``area`` and ``bbox`` as they stand; None where one is missing.
        groups: image's id to the kind and name of its group: ``("patient", "12")``, ``("sequence", "video 7")``.
        no_groups: image's id to why it is not known where it belongs.
        file_names: of all images, those that cannot be used too.
    """

    extents: dict[Id, tuple[Any, Any]] = field(default_factory=dict)
    groups: dict[Id, tuple[str, str]] = field(default_factory=dict)
    no_groups: dict[Id, str] = field(default_factory=dict)
    file_names: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Stated:
        """Read a file of which all that makes no sense has been said already.

        Raises:
            InputError: it is no COCO file.
        """
        stated = cls()
        for key, entry in stream_entries(path):
            if not isinstance(entry, dict) or not is_id(entry.get("id")):
                continue
            if key == "annotations":
                stated.extents.setdefault(entry["id"], (entry.get("area"), entry.get("bbox")))
            elif key == "images":
                stated._add_image(entry)
        return stated

    def _add_image(self, entry: dict[str, Any]) -> None:
        if isinstance(entry.get("file_name"), str):
            self.file_names.append(entry["file_name"])
        try:
            group = group_key(entry)
        except InputError as error:
            self.no_groups[entry["id"]] = str(error)
            return
        if group is not None:
            self.groups[entry["id"]] = group
