"""Images with masks in a folder of their own, or beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ultrasam.corpus import Skipped
from ultrasam.downstream.data.draft import Draft, Entry
from ultrasam.downstream.data.files import holds_images, image_files, inner_folders
from ultrasam.downstream.data.masks.classes import named_values
from ultrasam.downstream.data.masks.names import masks_beside, masks_of
from ultrasam.downstream.data.masks.outlines import Outline, read_outlines
from ultrasam.downstream.data.options import ReadingOptions
from ultrasam.downstream.data.part_names import part_of
from ultrasam.errors import InputError

_IMAGES = ("images", "image", "imgs", "img")
_MASKS = ("masks", "mask", "labels", "label", "annotations", "annotation", "segmentations", "segmentation", "gt")
#: nnU-Net's folders of training and of test images, with those of their masks.
_NNUNET = (("imagesTr", "labelsTr", "train"), ("imagesTs", "labelsTs", "test"))


@dataclass(frozen=True)
class MaskFolders:
    """Images and their masks.

    Attributes:
        images: folder of images.
        masks: folder of masks; the same one where they lie together.
        part: which part of the data it is; None where their folders say nothing.
    """

    images: Path
    masks: Path
    part: str | None = None


def has_mask_folders(root: Path) -> bool:
    """Whether folders by name hold images and masks, here or below parts."""
    try:
        return any(place.images != place.masks for place in find_mask_folders(root, None))
    except InputError:
        return False


def find_mask_folders(root: Path, masks: str | None) -> list[MaskFolders]:
    """Where images and masks lie in a folder; empty where there are no masks.

    Args:
        root: of the data.
        masks: the folder of masks, where the user names it: absolute, relative to ``root``, or to each part's folder.

    Raises:
        InputError: there is no such folder of masks.
    """
    parts = [folder for folder in inner_folders(root) if part_of(folder.name)]
    found = [
        pair
        for base, part in [(root, None), *((folder, folder.name) for folder in parts)]
        for pair in _in_folder(base, part, masks)
    ]
    if masks is not None and not found:
        raise InputError(f"Expected a folder of masks with images in it at {root / masks}, but there is none.")
    if not found and masks_beside(image_files(root)):
        return [MaskFolders(root, root)]
    return found


def _in_folder(base: Path, part: str | None, masks: str | None) -> Iterator[MaskFolders]:
    by_name = {folder.name.casefold(): folder for folder in inner_folders(base)}
    images = next((by_name[name] for name in _IMAGES if name in by_name), None)
    if masks is not None:
        # A path that is absolute stays itself.
        if holds_images(base / masks) and (part is None or not Path(masks).is_absolute()):
            yield MaskFolders(images or base, base / masks, part)
        return
    for image_name, mask_name, nnunet_part in _NNUNET:
        if holds_images(base / mask_name) and holds_images(base / image_name):
            yield MaskFolders(base / image_name, base / mask_name, nnunet_part)
    found = next((by_name[name] for name in _MASKS if name in by_name and holds_images(by_name[name])), None)
    if images is not None and found is not None:
        yield MaskFolders(images, found, part)


def read_mask_folders(root: Path, found: list[MaskFolders], options: ReadingOptions, *, is_instance: bool) -> Draft:
    """Read images with masks.

    An image without a mask is left out, as nobody may have looked at it; one with an empty mask has no object.

    Args:
        root: of the data.
        found: see :func:`find_mask_folders`.
        options: classes, and whether pieces are objects.
        is_instance: whether objects of one class are told apart.

    Raises:
        InputError: nobody can say what the values of the masks mean.
    """
    images: list[tuple[Entry, tuple[Outline, ...]]] = []
    notes, orphans = [], []
    for place in found:
        files = image_files(place.images)
        if place.images == place.masks:
            masks, masks_here = masks_beside(files), files
            lonely: list[str] = []
        else:
            masks_here = image_files(place.masks)
            # Where masks lie below their images, they are no images.
            files = {name: path for name, path in files.items() if not path.is_relative_to(place.masks)}
            masks, lonely = masks_of(files, masks_here)
        are_masks = {mask for names in masks.values() for mask in names} if place.images == place.masks else set()
        part_folders = place.part is None and all(part_of(name.partition("/")[0]) for name in files)
        for name, path in files.items():
            shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else name
            if name in masks:
                part = name.partition("/")[0] if part_folders else place.part
                outlines = tuple(Outline(masks_here[mask]) for mask in masks[name])
                images.append((Entry(shown, path, split=part), outlines))
            elif name not in are_masks:
                notes.append(Skipped(root.name, shown, "No mask belongs to it."))
        orphans += [
            Skipped(root.name, f"mask {name}", "Expected an image for this mask, but none has its name.")
            for name in lonely
        ]
    named = named_values([root, *(place.masks for place in found)], options.classes)
    outlined = read_outlines(images, named, is_instance=is_instance, pieces=options.pieces, name=root.name)
    return Draft(
        name=root.name,
        entries=outlined.entries,
        classes=outlined.classes,
        notes=(*notes, *outlined.notes),
        unusable=(*orphans, *outlined.unusable),
    )
