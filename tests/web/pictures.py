"""Pictures that the tests open: those of examples/, and files made of them whose truth is known."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from tests.references import EXAMPLES

HEAD = EXAMPLES / "fetal_head.png"
LESION = EXAMPLES / "breast_lesion.png"
#: The middle of the head in HEAD, original pixels.
CENTRE = (365, 275)
#: Millimetres per pixel, x and y, of what `calibrated` makes.
SPACING_MM = (0.2, 0.25)


def pixels(source: Path = HEAD) -> np.ndarray:
    """Grey values, (H, W) uint8."""
    return np.asarray(Image.open(source).convert("L"))


def calibrated(frames: int = 1, burned_in: str = "NO", scale: float = 1) -> bytes:
    """A DICOM file of the head with one calibrated region; a cine shifts it by 4 pixels a frame."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    image = Image.open(HEAD).convert("L")
    image = image.resize((round(image.width * scale), round(image.height * scale)))
    stack = np.stack([np.roll(np.asarray(image), 4 * index, axis=1) for index in range(frames)])
    data = Dataset()
    # Ultrasound Image Storage, Ultrasound Multi-frame Image Storage
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.6.1" if frames == 1 else "1.2.840.10008.5.1.4.1.1.3.1"
    data.SOPInstanceUID = generate_uid(entropy_srcs=["workbench", str(frames)])
    data.Modality = "US"
    data.BurnedInAnnotation = burned_in
    data.Rows, data.Columns = stack.shape[1:]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    if frames > 1:
        data.NumberOfFrames = frames
        data.FrameTime = "40"
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = data.Columns - 1, data.Rows - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3  # centimetres
    region.PhysicalDeltaX, region.PhysicalDeltaY = SPACING_MM[0] / 10 / scale, SPACING_MM[1] / 10 / scale
    data.SequenceOfUltrasoundRegions = [region]
    data.PixelData = stack.tobytes()
    data.file_meta = FileMetaDataset()
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue()


def nifti(folder: Path) -> Path:
    """A volume of three slices."""
    import SimpleITK as sitk  # noqa: N813

    path = folder / "volume.nii.gz"
    sitk.WriteImage(sitk.GetImageFromArray(np.stack([pixels()[:200, :300]] * 3)), str(path))
    return path


def narrow(folder: Path) -> Path:
    """HEAD with half as many columns, whose pixels are 0.4 mm wide and 0.2 mm high: its true shape is HEAD's."""
    import SimpleITK as sitk  # noqa: N813

    head = Image.open(HEAD).convert("L")
    half = head.resize((head.width // 2, head.height), Image.Resampling.BOX)
    image = sitk.GetImageFromArray(np.asarray(half))
    image.SetSpacing((0.4, 0.2))
    path = folder / "narrow.nii.gz"
    sitk.WriteImage(image, str(path))
    return path


def video(folder: Path) -> Path:
    """Five frames at 25 Hz."""
    import av

    path = folder / "scan.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for shift in range(5):
            grey = np.roll(pixels()[100:340, 200:520], 4 * shift, axis=1)
            frame = av.VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, axis=2), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
