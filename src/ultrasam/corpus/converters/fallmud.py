"""FALLMUD: two parts, ``NeilCronin`` and ``RyanCunningham``, with masks of aponeuroses and of fascicles."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, TurnedMask, by_key, pairs, stem
from ultrasam.corpus.sample import MaskSource, Sample
from ultrasam.corpus.source import Source, SourceFile

_SUFFIXES = "{tif,tiff,jpg,jpeg,png}"
_APONEUROSIS, _FASCICLE = Legend.binary("muscle_aponeurosis"), Legend.binary("muscle_fascicle")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Both layouts: images of their own for each structure, or masks of both for one set of images."""
    for image, mask in pairs(_files(source, "apo_images"), _files(source, "apo_masks"), notes, _key):
        yield _sample(image, {"aponeurosis": mask}, "aponeurosis/")
    for image, mask in pairs(_files(source, "fasc_images_S"), _files(source, "fasc_masks_S"), notes, _key):
        yield _sample(image, {"fascicle": mask}, "fascicle/")
    masks = {
        structure: by_key(_files(source, f"{structure}_masks"), _key, notes)
        for structure in ("aponeurosis", "fascicle")
    }
    if any(masks.values()):
        notes.warn("The layout of the whole, a folder of images with masks of both structures, is unconfirmed.")
    for name, image in by_key(_files(source, "images"), _key, notes).items():
        own = {structure: found.pop(name) for structure, found in masks.items() if name in found}
        if not own:
            notes.skip(image, "Expected a mask for this image, but there is none.")
            continue
        if len(own) == 1:
            notes.warn(f"Of {image.path}, only the {', '.join(own)} mask is there.")
        yield _sample(image, own)
    for mask in (mask for found in masks.values() for mask in found.values()):
        notes.skip(mask, "Expected an image for this mask, but there is none.")


def _files(source: Source, folder: str) -> list[SourceFile]:
    return source.select(f"{folder}/*.{_SUFFIXES}")


def _key(file: SourceFile) -> str:
    return "/".join((*file.parts[-3:-2], stem(file))).lower()


def _sample(image: SourceFile, mask_of: dict[str, SourceFile], prefix: str = "") -> Sample:
    """A muscle has both structures: where there is no mask of one, or an empty one, nobody outlined it."""
    pixels = PictureFile(image)
    masks: list[MaskSource] = []
    if "aponeurosis" in mask_of:
        masks.append(TurnedMask(LabelPicture(mask_of["aponeurosis"]), _APONEUROSIS, pixels))
    if "fascicle" in mask_of:
        masks.append(LabelMask(LabelPicture(mask_of["fascicle"]), _FASCICLE))
    return Sample(
        name="/".join((*image.parts[-3:-2], f"{prefix}{image.stem}")),
        pixels=pixels,
        masks=tuple(masks),
        labels=(("annotated", ", ".join(mask_of)),),
        is_negative_if_empty=False,
    )
