"""A folder per class, perhaps below train, val and test."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from ultrasam.corpus import Skipped
from ultrasam.corpus.source.natural_order import natural_key
from ultrasam.downstream.data.draft import Draft, Entry
from ultrasam.downstream.data.files import image_files, inner_folders
from ultrasam.downstream.data.masks.legend import OBJECT
from ultrasam.downstream.data.masks.names import masks_beside
from ultrasam.downstream.data.masks.outlines import Outline, read_outlines
from ultrasam.downstream.data.part_names import part_of
from ultrasam.errors import InputError

_MOST_NAMED = 8


def has_class_folders(root: Path) -> bool:
    """Whether a folder holds several folders, or one of a part."""
    folders = inner_folders(root)
    return len(folders) > 1 or any(part_of(folder.name) for folder in folders)


def read_class_folders(root: Path) -> Draft:
    """Read images whose folder is their class.

    Files such as ``x_mask.png`` beside ``x.png`` are no images, but outline their objects.

    Raises:
        InputError: there is no image, or folders of parts lie among folders of classes.
    """
    files = image_files(root)
    tops = inner_folders(root)
    parts = [folder for folder in tops if part_of(folder.name)]
    if parts and len(parts) < len(tops):
        raise InputError(
            f"Expected folders of classes in {root}, or folders train, val and test with folders of classes in them, "
            f"but got both: {', '.join(folder.name for folder in tops[:_MOST_NAMED])}."
        )
    masks = masks_beside(files)
    are_masks = {mask for found in masks.values() for mask in found}
    # How many folders stand above that of the class.
    depth = 1 if parts else 0
    images, notes = [], []
    for name, path in files.items():
        folders = PurePosixPath(name).parent.parts
        if name in are_masks:
            continue
        if len(folders) <= depth:
            notes.append(Skipped(root.name, name, "It lies in no folder of a class."))
            continue
        entry = Entry(name, path, split=folders[0] if parts else None, labels=(folders[depth],))
        images.append((entry, tuple(Outline(files[mask], OBJECT) for mask in masks.get(name, ()))))
    outlined = read_outlines(images, (), is_instance=False, pieces=False, name=root.name)
    classes = {folder.name for top in (parts or [root]) for folder in inner_folders(top)}
    return Draft(
        name=root.name,
        entries=outlined.entries,
        classes=tuple(sorted(classes, key=natural_key)),
        notes=tuple(notes),
        unusable=outlined.unusable,
    )
