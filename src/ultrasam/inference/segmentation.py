"""A result: one object's mask, and what one can do with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from ultrasam.errors import InputError
from ultrasam.imaging import (
    Frame,
    coco_annotation,
    spacing_for,
    write_mask_png,
    write_nifti_mask,
    write_overlay,
)
from ultrasam.imaging.tight_box import tight_box
from ultrasam.measure import Measurements, measure
from ultrasam.types import LowResLogits, Mask, Prompts, SpacingXY


@dataclass(frozen=True, eq=False)
class Segmentation:
    """One object's outline.

    Attributes:
        mask: ``(H, W)`` bool at the size of the original image.
        score: the network's own estimate of the mask's IoU with the truth, about 0 to 1; of a class that was found
            without a prompt, its probability inside the mask.
        logits: ``(256, 256)`` float32 (a quarter of the input size): low-resolution logits in the model's frame;
            given back as a prompt they refine the mask.
        prompts: what was asked; None for what a fine-tuned model found by itself.
        frame: the frame that was segmented, with its regions and their spacing.
        category: the class that a fine-tuned model found it to be; None where it was not asked for one.
    """

    mask: Mask
    score: float
    logits: LowResLogits
    prompts: Prompts | None
    frame: Frame
    category: str | None = None

    @property
    def name(self) -> str | None:
        """What it is called in outputs: the name that the user gave it, else its class, else None."""
        return (self.prompts.name if self.prompts else None) or self.category

    @cached_property
    def spacing_mm(self) -> SpacingXY | None:
        """``(x, y)`` mm per pixel of the region in which the mask lies; None where it is not calibrated."""
        return spacing_for(self.mask, self.frame.regions)

    @cached_property
    def measurements(self) -> Measurements:
        """Area, perimeter, diameters, ellipse, in pixels and, where calibrated, in mm."""
        return measure(self.mask, self.spacing_mm)

    @property
    def area_px(self) -> int:
        """Pixels inside the outline."""
        return self.measurements.area_px

    @property
    def area_mm2(self) -> float | None:
        """Area in square millimetres; None where the image is not calibrated."""
        return self.measurements.area_mm2

    @cached_property
    def box_xyxy(self) -> tuple[int, int, int, int] | None:
        """Tight box ``(x0, y0, x1, y1)``, x1 and y1 exclusive; None for an empty mask."""
        return tight_box(self.mask)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the mask; the suffix decides: ``.png`` (0 and 255), ``.nii`` or ``.nii.gz``.

        Raises:
            InputError: another suffix.
        """
        name = Path(path).name.lower()
        if name.endswith(".png"):
            write_mask_png(path, self.mask)
        elif name.endswith((".nii", ".nii.gz")):
            write_nifti_mask(path, self.mask, self.spacing_mm)
        else:
            raise InputError(f"Expected a mask file that ends in .png, .nii or .nii.gz, but got {Path(path).name}.")

    def save_overlay(self, path: str | PathLike[str]) -> None:
        """Write the image with outline and prompts drawn on it, as PNG."""
        write_overlay(path, self.frame.pixels, [self.mask], [self.prompts] if self.prompts else [])

    def to_coco(self, *, annotation_id: int = 1, image_id: int = 1, category_id: int = 1) -> dict[str, Any]:
        """A COCO annotation: ``segmentation`` (compressed RLE), ``bbox`` (x, y, w, h), ``area``, ``score``."""
        return coco_annotation(
            self.mask,
            annotation_id=annotation_id,
            image_id=image_id,
            category_id=category_id,
            score=self.score,
        )

    def __repr__(self) -> str:
        area = f"{self.area_px} px" if self.area_mm2 is None else f"{self.area_px} px = {self.area_mm2:.1f} mm²"
        return f"Segmentation(score={self.score:.2f}, area={area})"
