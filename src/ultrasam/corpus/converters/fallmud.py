"""FALLMUD: two parts, ``NeilCronin`` and ``RyanCunningham``, with masks of aponeuroses and of fascicles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, by_key, pairs, stem
from ultrasam.corpus.reading.label_masks import decoded, fitted
from ultrasam.corpus.sample import Annotated, Annotations, MaskSource, Remark, Sample
from ultrasam.corpus.source import Source, SourceFile

_SUFFIXES = "{tif,tiff,jpg,jpeg,png}"
_APONEUROSIS, _FASCICLE = Legend.binary("muscle_aponeurosis"), Legend.binary("muscle_fascicle")
#: Quarter turns, anticlockwise as NumPy counts them.
_TURNS = {0: "none", -1: "clockwise", 1: "anticlockwise"}


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
        masks.append(_TurnedMask(LabelPicture(mask_of["aponeurosis"]), pixels))
    if "fascicle" in mask_of:
        masks.append(LabelMask(LabelPicture(mask_of["fascicle"]), _FASCICLE))
    return Sample(
        name="/".join((*image.parts[-3:-2], f"{prefix}{image.stem}")),
        pixels=pixels,
        masks=tuple(masks),
        labels=(("annotated", ", ".join(mask_of)),),
        is_negative_if_empty=False,
    )


@dataclass(frozen=True)
class _TurnedMask:
    """Aponeuroses, some masks of which lie on their side.

    A mask is turned if only so it has its image's shape. In which direction, and whether at all where the image is
    square, is told by the image: aponeuroses are bright, so that the right turn has the brightest pixels below it.
    """

    labels: LabelPicture
    image: PictureFile

    @property
    def files(self) -> tuple[SourceFile, ...]:
        return self.labels.files

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        found = decoded(self.labels, _APONEUROSIS)
        if not found.objects:
            return found
        [line] = found.objects
        turned = {turn: np.ascontiguousarray(np.rot90(line.mask, turn)) for turn in _TURNS}
        fitting = {turn: mask for turn, mask in turned.items() if mask.shape == size_hw}
        if list(fitting) in ([], [0]):
            return fitted(found, size_hw, self.files[0].path)
        grey = np.atleast_3d(self.image.read().pixels).mean(axis=2)
        turn = max(fitting, key=lambda turn: grey[fitting[turn]].mean())
        remarks = () if turn == 0 else (Remark("mask that lies on its side, turned by 90°", _TURNS[turn]),)
        return Annotations((Annotated(line.category, fitting[turn]),), (*found.remarks, *remarks))
