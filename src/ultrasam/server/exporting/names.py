"""Names of files in the archive: telling, safe to unpack anywhere, each only once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from ultrasam.files import FreeNames

#: What is no part of an image's name. DICOM files are often named by numbers with dots, which are.
_ENDING = re.compile(r"(\.nii)?\.[A-Za-z][A-Za-z0-9]{1,4}$", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.()+ -]+")
#: Names that Windows keeps for devices, with any ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
#: Bytes of an image's and of a label's part; file systems take 255, and numbers and endings come yet.
_LONGEST, LONGEST_LABEL = 120, 60


def stems_of(names: Mapping[str, str]) -> dict[str, str]:
    """A name for what is exported of each image.

    Folders become part of it, endings only where they tell images apart, so that a name hardly ever changes when
    images are added.

    Args:
        names: image id to its path in the project's folder, ``"liver/scan 1.dcm"``.

    Returns:
        Image id to ``"liver_scan 1"``.
    """
    short = {image_id: safe_name(_ENDING.sub("", name)) for image_id, name in names.items()}
    groups: dict[str, list[str]] = {}
    for image_id, stem in short.items():
        groups.setdefault(stem.casefold(), []).append(image_id)
    free = FreeNames()
    stems = {group[0]: free.take(short[group[0]]) for group in groups.values() if len(group) == 1}
    for group in groups.values():
        if len(group) > 1:
            for image_id in sorted(group, key=lambda image_id: (names[image_id], image_id)):
                stems[image_id] = free.take(safe_name(names[image_id].replace(".", "_")))
    return stems


def safe_name(text: str, longest: int = _LONGEST) -> str:
    """A text as a file's name on any system: no separators, no leading dots, no devices, at most so many bytes."""
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", text)).strip(" ._")
    if _DEVICES.match(name):
        name = f"_{name}"
    return name.encode()[:longest].decode(errors="ignore").strip(" .") or "unnamed"


def frame_stem(stem: str, frame: int, frames: int) -> str:
    """The name of a frame: that of its image where there is only one."""
    return stem if frames == 1 else f"{stem}_f{frame:0{max(3, len(str(frames - 1)))}d}"


def joined(parts: Iterable[str]) -> str:
    """Parts of a name with ``_`` between those that are not empty."""
    return "_".join(part for part in parts if part)
