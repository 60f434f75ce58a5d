"""Small DICOM files made by pydicom, for what no shared file shows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage

from tests.references import shared, tool

#: Every shared ultrasound file but the one that nobody here decodes.
SHARED = [
    *(f"brachial/philips_{number}.dcm" for number in ("000", "025", "050", "075", "100", "125")),
    *("dcm4che/US-PAL-8-10x-echo", "dcm4che/US-RGB-8-epicard", "dcm4che/US-RGB-8-esopecho"),
    *("dcm4che/YBR_FULL-RLE.dcm", "dcm4che/jpeg-ls-Palette.dcm", "dwv/gdcm-US-RGB-8-esopecho.dcm"),
    *(f"pydicom/test_files/examples_{name}.dcm" for name in ("jpeg2k", "palette", "rgb_color", "ybr_color")),
    *("pydicom/test_files/ExplVR_BigEnd.dcm", "pydicom-data/JPGLosslessP14SV1_1s_1f_8b.dcm"),
    *(f"pydicom-data/OBXXXX1A{name}.dcm" for name in ("", "_2frame", "_expb", "_expb_2frame", "_rle", "_rle_2frame")),
    *(f"pydicom-data/US1_{name}.dcm" for name in ("J2KI", "J2KR", "UNCI", "UNCR")),
    *(f"pydicom-data/{name}.dcm" for name in ("color-pl", "color-px", "gdcm-US-ALOKA-16", "gdcm-US-ALOKA-16_big")),
]
UNDECODABLE = "dcm4che/will-jxl.dcm"


def shared_dicom(name: str) -> Path:
    return shared(f"dicom/{name}")


def image_dataset(pixels: np.ndarray, **elements: object) -> Dataset:
    """A data set of ``(H, W)``, ``(T, H, W)``, or (with samples last) colour pixels; ``elements`` replace its own."""
    photometric = elements.get("PhotometricInterpretation", "MONOCHROME2")
    colour = photometric in ("RGB", "YBR_FULL", "YBR_FULL_422")
    size = pixels.shape[:-1] if colour else pixels.shape
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.SOPInstanceUID = "1.2.3.4"
    dataset.Modality = "US"
    dataset.PatientName = "Hidden^Heidi"
    dataset.Rows, dataset.Columns = size[-2:]
    if len(size) == 3:
        dataset.NumberOfFrames = size[0]
    dataset.SamplesPerPixel = 3 if colour else 1
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.itemsize
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes() + b"\0" * (pixels.nbytes % 2)
    dataset["PixelData"].VR = "OW" if pixels.itemsize > 1 else "OB"
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    dataset.HighBit = dataset.get("BitsStored", 8) - 1
    return dataset


def write(path: Path, dataset: Dataset) -> Path:
    dataset.save_as(path, enforce_file_format=True)
    return path


def item(**elements: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def region(box: tuple[int, int, int, int], units: tuple[int, int] = (3, 3), delta=(0.01, 0.02), kind=(1, 1)) -> Dataset:
    """An ultrasound region; ``box`` as DICOM has it, with its last column and row."""
    x0, y0, x1, y1 = box
    return item(
        RegionSpatialFormat=kind[0],
        RegionDataType=kind[1],
        RegionFlags=0,
        RegionLocationMinX0=x0,
        RegionLocationMinY0=y0,
        RegionLocationMaxX1=x1,
        RegionLocationMaxY1=y1,
        PhysicalUnitsXDirection=units[0],
        PhysicalUnitsYDirection=units[1],
        PhysicalDeltaX=delta[0],
        PhysicalDeltaY=delta[1],
    )


def lookup_table(count: int, first: int, bits: int, entries: np.ndarray, *, signed: bool = False) -> Sequence:
    """A modality or VOI lookup table with one item."""
    table = Dataset()
    table.add_new("LUTDescriptor", "SS" if signed else "US", [count, first, bits])
    table.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    table.ModalityLUTType = "US"
    return Sequence([table])


def dcmtk_convert(program: str, source: Path, target: Path, *options: str) -> Path:
    """Run one of DCMTK's converters (dcmconv, dcmcjpeg, …)."""
    subprocess.run([tool(program), *options, source, target], check=True, capture_output=True)
    return target


def dcmtk_pixels(path: Path, folder: Path, *options: str, frame: int = 0) -> np.ndarray:
    """A frame as DCMTK shows it: ``(H, W)`` or ``(H, W, 3)`` uint8."""
    picture = folder / "dcmtk.pnm"
    dcmtk_convert("dcmj2pnm", path, picture, "+F", str(frame + 1), *options)
    return np.asarray(Image.open(picture))
