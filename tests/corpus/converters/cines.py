"""Small videos and volumes, for tests of converters of heart data sets."""

from pathlib import Path

import av
import nibabel
import numpy as np


def frames(count, size_hw=(24, 32), seed=0):
    """``(count, H, W)`` uint8; all different, and from 0 to 255 at least once."""
    values = np.random.default_rng(seed).integers(0, 256, (count, *size_hw), dtype=np.uint8)
    values[:, 0, :2] = 0, 255
    return values


def video(path: Path, values) -> Path:
    """Write frames ``(T, H, W)`` uint8 as an AVI file without loss."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="avi") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.height, stream.width = values.shape[1:]
        stream.pix_fmt = "gray"
        for frame in values:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="gray")))
        container.mux(stream.encode())
    return path


def volume(path: Path, values, spacing_mm=(0.5, 0.25)) -> Path:
    """Write planes ``(T, H, W)``, or one ``(H, W)``, as a NIfTI file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(np.asarray(values).T, np.diag([*spacing_mm, 1.0, 1.0])), path)
    return path
