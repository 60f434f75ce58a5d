"""Transfer syntaxes and their decoders: bytes of one frame to the samples that were stored.

Each transfer syntax has one decoder, so that a file looks the same everywhere: Pillow (libjpeg-turbo) for lossy and
lossless JPEG, CharLS for JPEG-LS, OpenJPEG for JPEG 2000, and pydicom itself for RLE. GDCM is not among them, as
damaged lossless JPEG makes it crash the process.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, features
from pydicom import uid
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import convert_color_space

from ultrasam.errors import ImageError
from ultrasam.imaging.dicom_codestream import (
    jpeg2000_size,
    jpeg2000_transforms_colours,
    jpeg_names_colours,
    jpeg_size,
    jpeg_without_application_data,
)
from ultrasam.imaging.dicom_header import PixelLayout

UNCOMPRESSED = {uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian}
_LOSSY_JPEG = {uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit}
_LOSSLESS_JPEG = {uid.JPEGLossless, uid.JPEGLosslessSV1}
_JPEG_LS = {uid.JPEGLSLossless, uid.JPEGLSNearLossless}
_JPEG_2000 = {uid.JPEG2000Lossless, uid.JPEG2000, uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K}

#: Transfer syntax -> pydicom's name of the decoder; empty where pydicom decodes nothing.
_DECODERS: dict[str, str] = {
    **dict.fromkeys(UNCOMPRESSED, ""),
    **dict.fromkeys(_LOSSY_JPEG | _LOSSLESS_JPEG, ""),
    **dict.fromkeys(_JPEG_LS, "pyjpegls"),
    **dict.fromkeys(_JPEG_2000, "pylibjpeg"),
    uid.RLELossless: "pydicom",
}
#: Names that pydicom's dictionary does not have (PS3.6, table A-1).
_NEW_SYNTAXES = {
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
}
_SAMPLES = {
    **dict.fromkeys(("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"), 1),
    **dict.fromkeys(("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"), 3),
}
#: Two bytes of RLE become at most 128 (PS3.5 G.3.1).
_RLE_MAX_RATIO = 64


def syntax_name(syntax: uid.UID) -> str:
    """A transfer syntax in words."""
    return _NEW_SYNTAXES.get(str(syntax), syntax.name)


def decoder_names() -> dict[str, str | None]:
    """What decodes the pixels of each compressed transfer syntax here; None where it is not installed."""
    names: dict[str, str | None] = {}
    for syntax, plugin in _DECODERS.items():
        if plugin:
            names[syntax] = plugin if plugin in get_decoder(uid.UID(syntax)).available_plugins else None
        elif syntax not in UNCOMPRESSED:
            names[syntax] = "pillow" if syntax in _LOSSY_JPEG or _reads_lossless_jpeg() else None
    return dict(sorted(names.items()))


def check_decodable(layout: PixelLayout) -> None:
    """Pass if there is a decoder for the pixels, and their header agrees with itself.

    Raises:
        ImageError: it does not.
    """
    if layout.syntax not in _DECODERS:
        raise ImageError(
            f"Expected a transfer syntax that can be decoded, but {layout.name} has "
            f"{syntax_name(layout.syntax)} ({layout.syntax}): export or convert it as "
            "uncompressed, RLE, JPEG, JPEG-LS or JPEG 2000."
        )
    samples = _SAMPLES.get(layout.photometric)
    if samples is None:
        raise ImageError(
            f"Expected grey, palette, RGB or YBR pixels, but {layout.name} has the photometric "
            f"interpretation {layout.photometric or '(none)'}."
        )
    if layout.samples != samples:
        raise ImageError(
            f"Expected {samples} samples per pixel for {layout.photometric}, but {layout.name} has {layout.samples}."
        )
    if layout.syntax in _LOSSY_JPEG | _LOSSLESS_JPEG and layout.bits_stored > 8:
        raise ImageError(
            f"Expected JPEG of 8 bits, but {layout.name} has {layout.bits_stored} bits: export or convert it as "
            "uncompressed, RLE, JPEG-LS or JPEG 2000."
        )
    if layout.syntax in _LOSSLESS_JPEG and not _reads_lossless_jpeg():
        raise ImageError(
            f"Expected a Pillow built with libjpeg-turbo 3 or later to decode the lossless JPEG of {layout.name}, but "
            f"got {features.version_feature('libjpeg_turbo') or 'none'}: install Pillow from PyPI."
        )
    if layout.photometric.startswith("YBR") and layout.bits_allocated != 8:
        raise ImageError(
            f"Expected {layout.photometric} pixels of 8 bits, but those of {layout.name} take {layout.bits_allocated}."
        )


def decode_uncompressed(file: BinaryIO, index: int, layout: PixelLayout) -> npt.NDArray[Any]:
    """Samples of frame ``index``: stored values ``(H, W)``, or RGB ``(H, W, 3)``.

    Args:
        file: open at the value of the pixel data.
        index: 0-based frame number.
        layout: what the header says.
    """
    pixels, photometric = _decode(file, index, layout.frames, layout, planar=layout.planar)
    return _rgb(pixels, photometric)


def decode_compressed(frame: bytes, layout: PixelLayout) -> npt.NDArray[Any]:
    """Samples of one compressed frame: stored values ``(H, W)``, or RGB ``(H, W, 3)``.

    Raises:
        ImageError: the frame's own size is not the header's.
    """
    _check_size(frame, layout)
    if layout.syntax in _LOSSY_JPEG:
        return _decode_lossy_jpeg(frame, layout)
    if layout.syntax in _LOSSLESS_JPEG:
        return _rgb(_decode_lossless_jpeg(frame), layout.photometric)
    # A compressed frame says itself how its samples are interleaved; the header's word may be a remnant.
    pixels, photometric = _decode(encapsulate([frame], has_bot=False), 0, 1, layout, planar=False)
    if layout.syntax in _JPEG_2000 and jpeg2000_transforms_colours(frame):
        photometric = "RGB"
    return _rgb(pixels, photometric)


def _decode_lossy_jpeg(frame: bytes, layout: PixelLayout) -> npt.NDArray[np.uint8]:
    """Grey or RGB as libjpeg gives it; pydicom would convert colours again that a marker made libjpeg convert."""
    with Image.open(BytesIO(frame), formats=["JPEG"]) as image:
        if layout.photometric == "RGB" and not jpeg_names_colours(frame):
            # libjpeg would guess YCbCr; asked for it, it gives the samples as they are.
            image.draft("YCbCr", image.size)
        return np.asarray(image)


def _decode_lossless_jpeg(frame: bytes) -> npt.NDArray[np.uint8]:
    """Samples as they were stored: without markers that name colours, libjpeg-turbo does not try to convert them."""
    with Image.open(BytesIO(jpeg_without_application_data(frame)), formats=["JPEG"]) as image:
        return np.asarray(image)


def _reads_lossless_jpeg() -> bool:
    version = features.version_feature("libjpeg_turbo")
    return version is not None and int(version.split(".")[0]) >= 3


def _decode(
    source: BinaryIO | bytes, index: int, frames: int, layout: PixelLayout, *, planar: bool
) -> tuple[npt.NDArray[Any], str]:
    """Samples as the decoder gives them, and what they mean then."""
    rows, columns = layout.size_hw
    options: dict[str, Any] = {
        "rows": rows,
        "columns": columns,
        "number_of_frames": frames,
        "samples_per_pixel": layout.samples,
        "photometric_interpretation": layout.photometric,
        "planar_configuration": int(planar),
        "bits_allocated": layout.bits_allocated,
        "bits_stored": layout.bits_stored,
        "pixel_representation": int(layout.signed),
        "pixel_keyword": "PixelData",
        "pixel_vr": layout.pixel_vr,
    }
    decoder = get_decoder(layout.syntax)
    pixels, properties = decoder.as_array(
        source, index=index, raw=True, decoding_plugin=_DECODERS[layout.syntax], **options
    )
    return pixels, str(properties["photometric_interpretation"])


def _rgb(pixels: npt.NDArray[Any], photometric: str) -> npt.NDArray[Any]:
    if photometric in ("YBR_FULL", "YBR_FULL_422"):
        return convert_color_space(pixels, "YBR_FULL", "RGB")
    return pixels


def _check_size(frame: bytes, layout: PixelLayout) -> None:
    rows, columns = layout.size_hw
    if layout.syntax == uid.RLELossless:
        needed = rows * columns * layout.samples * layout.bits_allocated // 8
        if needed > _RLE_MAX_RATIO * len(frame):
            raise ImageError(
                f"Expected an RLE frame that holds {needed} bytes, but that of {layout.name} has "
                f"{len(frame)}, which is too short."
            )
        return
    found = jpeg2000_size(frame) if layout.syntax in _JPEG_2000 else jpeg_size(frame)
    if found != (rows, columns, layout.samples):
        said = "is none" if found is None else "has {} x {} pixels of {} samples".format(*found)
        raise ImageError(
            f"Expected a compressed frame of {rows} x {columns} pixels of {layout.samples} samples, "
            f"but one of {layout.name} {said}."
        )
