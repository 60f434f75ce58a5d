"""The micro-ultrasound data set of the prostate in its two packings, for tests of both converters."""

from pathlib import Path

import numpy as np

from tests.corpus.converters.cines import frames, volume
from tests.corpus.converters.made import block

#: Of the volumes, by part and number: both parts count from 01.
VOLUMES = [("train", "01"), ("train", "02"), ("test", "01")]


def experts(value=1):
    """Masks ``(3, 24, 32)``: nothing, a prostate, and one at the very corner, where images may be black."""
    return np.stack([block(value=0), block(value=value), block(slice(0, 2), slice(0, 3), value=value)])


def scan(part, number):
    """A volume ``(3, 24, 32)`` of its own, black in one row and in a corner."""
    values = frames(3, seed=VOLUMES.index((part, number)))
    values[:, 10] = 0
    values[:, :2, :3] = 0
    return values


def non_experts():
    """Masks that no converter may take."""
    return np.stack([block(slice(15, 20), value=1)] * 3)


def as_microseg(root: Path, experts=experts) -> Path:
    """The packing in folders."""
    for part, number in VOLUMES:
        folder = root / "Micro_Ultrasound_Prostate_Segmentation_Dataset" / part
        volume(folder / f"micro_ultrasound_scans/microUS_{part}_{number}.nii.gz", scan(part, number))
        volume(folder / f"expert_annotations/expert_annotation_{part}_{number}.nii.gz", experts())
        volume(folder / f"non_expert_annotations/nonexpert_annotation_{part}_{number}.nii.gz", non_experts())
    return root


def as_mup(root: Path, experts=experts) -> Path:
    """The packing where names say all."""
    for part, number in VOLUMES:
        volume(root / f"MUP/microUS_{part}_{number}.nii.gz", scan(part, number))
        volume(root / f"MUP/expert_annotation_{part}_{number}.nii.gz", experts())
        volume(root / f"MUP/non_expert_annotation_{part}_{number}.nii.gz", non_experts())
    return root
