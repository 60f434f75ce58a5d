"""Where the image files of a COCO folder lie."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath, PureWindowsPath

from ultrasam.corpus.coco.finding import IMAGES_FOLDER, root_folder
from ultrasam.corpus.coco.skipped import Unusable


class ImageFiles:
    """Finds files by COCO's ``file_name``; each folder is listed once, as there may be a million files.

    Args:
        annotation_file: names are relative to its folder, to ``images/`` in it, or, where it lies in
            ``annotations/``, to the folder above and ``images/`` there.
    """

    def __init__(self, annotation_file: Path) -> None:
        folders = dict.fromkeys((Path(os.path.abspath(annotation_file)).parent, root_folder(annotation_file)))  # noqa: PTH100
        self._places = [place for folder in folders for place in (folder, folder / IMAGES_FOLDER)]
        self._listings: dict[str, frozenset[str]] = {}

    def find(self, file_name: str) -> Path:
        """The file's path.

        Raises:
            Unusable: the name leads out of the data set's folder, or there is no such file.
        """
        if (
            PurePosixPath(file_name).is_absolute()
            or PureWindowsPath(file_name).anchor
            or ".." in re.split(r"[/\\]", file_name)
        ):
            raise Unusable("Its file_name leads out of the data set's folder: use one that is relative to it.")
        inner, name = os.path.split(file_name)
        for place in self._places:
            folder = os.path.join(place, inner) if inner else str(place)  # noqa: PTH118  (a Path costs ten times more)
            if name in self._files(folder):
                return Path(folder, name)
        places = " or ".join(str(place) for place in self._places)
        raise Unusable(f"Its file is missing: there is no such file in {places}.")

    def _files(self, folder: str) -> frozenset[str]:
        if folder not in self._listings:
            try:
                with os.scandir(folder) as entries:
                    self._listings[folder] = frozenset(entry.name for entry in entries if entry.is_file())
            except (OSError, ValueError):
                # No folder, one that may not be read, or a name that no folder can have: the files are missing.
                self._listings[folder] = frozenset()
        return self._listings[folder]
