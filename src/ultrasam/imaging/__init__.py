"""Files to :class:`UltrasoundImage`, and masks to files."""

from ultrasam.imaging.coco import coco_annotation, write_coco
from ultrasam.imaging.image import Frame, Region, Source, UltrasoundImage, spacing_for
from ultrasam.imaging.mask_files import masks_by_label, read_label_frames, read_label_masks, read_labels, read_mask
from ultrasam.imaging.mask_png import write_mask_png
from ultrasam.imaging.nifti import write_nifti_mask
from ultrasam.imaging.overlay import write_overlay
from ultrasam.imaging.reading import expand_paths, read
from ultrasam.imaging.rle import mask_to_rle, rle_to_mask

__all__ = [
    "Frame",
    "Region",
    "Source",
    "UltrasoundImage",
    "coco_annotation",
    "expand_paths",
    "mask_to_rle",
    "masks_by_label",
    "read",
    "read_label_frames",
    "read_label_masks",
    "read_labels",
    "read_mask",
    "rle_to_mask",
    "spacing_for",
    "write_coco",
    "write_mask_png",
    "write_nifti_mask",
    "write_overlay",
]
