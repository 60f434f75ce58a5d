"""``coco.json`` of the archive, written while the images pass, so that any number of objects fits in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from ultrasam import __version__
from ultrasam.imaging import coco_annotation
from ultrasam.server.exporting.categories import Categories
from ultrasam.server.exporting.zip_file import GrowingText
from ultrasam.types import Mask, SpacingXY

_line = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class CocoWriter:
    """Gathers images and objects; :meth:`write` gives the file.

    Args:
        categories: numbers of the labels.
        folder: for what does not fit in memory; None for the system's.
    """

    def __init__(self, categories: Categories, folder: Path | None) -> None:
        self._categories = categories
        self._images, self._annotations = GrowingText(folder), GrowingText(folder)
        self._image_count = self._annotation_count = 0

    def add_image(
        self,
        file_name: str,
        size_hw: tuple[int, int],
        *,
        source: str,
        sequence: str | None,
        frame: int,
        spacing_mm: SpacingXY | None,
    ) -> int:
        """Note a picture.

        Args:
            file_name: in ``images/``.
            size_hw: of the picture, in pixels.
            source: path of its file in the project's folder.
            sequence: the name that all frames of a cine share; None where the file has one frame.
            frame: its number in the file.
            spacing_mm: ``(x, y)`` mm per pixel, or None.

        Returns:
            Its id.
        """
        self._image_count += 1
        height, width = size_hw
        entry = {"id": self._image_count, "file_name": file_name, "height": height, "width": width, "source": source}
        if sequence is not None:
            entry |= {"sequence": sequence, "frame": frame}
        if spacing_mm is not None:
            entry["spacing_mm"] = list(spacing_mm)
        _append(self._images, entry, is_first=self._image_count == 1)
        return self._image_count

    def add_object(self, image_id: int, mask: Mask, label_id: str | None, track: int) -> None:
        """Note an object of a picture.

        Args:
            image_id: of its picture.
            mask: ``(H, W)`` of the picture's size.
            label_id: of a label, or None.
            track: the same for one structure over the frames of a cine.
        """
        self._annotation_count += 1
        number = self._categories.number(label_id)
        entry = coco_annotation(mask, annotation_id=self._annotation_count, image_id=image_id, category_id=number)
        _append(self._annotations, {**entry, "track": track}, is_first=self._annotation_count == 1)

    def write(self, target: IO[bytes]) -> None:
        """Write the whole document: keys in this order, one entry per line."""
        info = {"description": "Made in the UltraSam workbench", "generator": f"ultrasam {__version__}"}
        target.write(f'{{\n"info": {_line(info)},\n"images": ['.encode())
        self._images.copy_to(target)
        target.write(b'\n],\n"annotations": [')
        self._annotations.copy_to(target)
        target.write(f'\n],\n"categories": [{_lines(self._categories.entries)}\n]\n}}\n'.encode())

    def close(self) -> None:
        """Forget what was gathered."""
        self._images.close()
        self._annotations.close()


def _append(text: GrowingText, entry: dict[str, Any], *, is_first: bool) -> None:
    text.write(f"{'' if is_first else ','}\n{_line(entry)}")


def _lines(entries: Iterable[dict[str, Any]]) -> str:
    return ",".join(f"\n{_line(entry)}" for entry in entries)
