"""Damaged files of every kind: what comes back is an image or an ImageError, never anything else, and in silence."""

import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.imaging.test_video import write
from tests.references import shared
from ultrasam.errors import ImageError
from ultrasam.imaging import read, read_labels

NOISE = np.random.default_rng(0).integers(0, 256, (3, 24, 32, 3)).astype(np.uint8)


def picture(path, **options):
    frames = [Image.fromarray(frame) for frame in NOISE]
    if options.pop("animated", False):
        options |= {"save_all": True, "append_images": frames[1:], "duration": 40}
    frames[0].save(path, **options)


def deep(path, **options):
    Image.fromarray(NOISE[0, :, :, 0].astype(np.uint16) * 200).save(path, **options)


def volume(path, kind=np.uint8, **options):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(NOISE[..., 0].astype(kind)), str(path), **options)


SEEDS = {
    "x.png": picture,
    "animated.png": lambda path: picture(path, animated=True),
    "deep.png": deep,
    "x.jpg": picture,
    "progressive.jpg": lambda path: picture(path, progressive=True),
    "x.tif": picture,
    "pages.tif": lambda path: picture(path, animated=True, compression="tiff_lzw"),
    "deep.tif": deep,
    "jpeg.tif": lambda path: picture(path, compression="jpeg"),
    "x.bmp": picture,
    "x.webp": lambda path: picture(path, animated=True),
    "x.gif": lambda path: picture(path, animated=True),
    "x.nii": volume,
    "float.nii": lambda path: volume(path, np.float32),
    "x.nii.gz": volume,
    "x.mha": volume,
    "packed.mha": lambda path: volume(path, np.int16, useCompression=True),
    "x.nrrd": volume,
    "packed.nrrd": lambda path: volume(path, useCompression=True),
    "x.avi": lambda path: write(path, "mjpeg", "yuvj420p", count=4),
    "mpeg4.avi": lambda path: write(path, "mpeg4", "yuv420p", {"bf": "2"}, count=6),
    "x.mp4": lambda path: write(path, "libx264", "yuv420p", count=6),
    "x.mkv": lambda path: write(path, "ffv1", "gray", count=4),
    "x.webm": lambda path: write(path, "libvpx", "yuv420p", count=4),
    "x.mpg": lambda path: write(path, "mpeg2video", "yuv420p", count=6),
    "x.wmv": lambda path: write(path, "wmv2", "yuv420p", count=6),
}

#: Where (as a share of the file; most damage is done in headers, at the start) and what: bytes changed, cut or put in.
EDITS = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 0.05), st.floats(0, 1)),
        st.sampled_from(["set", "delete", "insert", "cut"]),
        st.binary(min_size=1, max_size=6),
    ),
    min_size=1,
    max_size=4,
)


def damaged(content, edits):
    result = bytearray(content)
    for share, edit, data in edits:
        start = int(share * len(result))
        if edit == "cut":
            del result[max(start, 1) :]
        elif edit == "delete":
            del result[start : start + len(data)]
        else:
            result[start : start + (len(data) if edit == "set" else 0)] = data
    return bytes(result)


def accept(path):
    for reader in (lambda: read(path).frame(0).pixels, lambda: read_labels(path)):
        try:
            values = reader()
        except ImageError as error:
            said = str(error)
        else:
            said = "Expected something" if values.size else "Nothing"
        assert said.startswith("Expected")
        assert "\n" not in said


@pytest.fixture(scope="module", params=SEEDS)
def seed(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("seed") / request.param
    SEEDS[request.param](path)
    assert read(path).frame(0).pixels.size
    return path


@settings(derandomize=True, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_damaged_files(seed, tmp_path, capfd, edits):
    path = tmp_path / seed.name
    path.write_bytes(damaged(seed.read_bytes(), edits))
    accept(path)
    assert capfd.readouterr() == ("", "")


REAL = (
    "HC18/training_set/000_HC.png",
    "USGRA/dataset/masks/0000.png",
    "TN3K/Thyroid Dataset/tn3k/test-image/0000.jpg",
    "KAGGLE_NERVE/train/1_10.tif",
    "CAMUS/database_nifti/patient0001/patient0001_4CH_ED.nii.gz",
    "PSFHS/image_mha/03744.mha",
)


@settings(derandomize=True, max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
@pytest.mark.parametrize("relative", REAL)
def test_damaged_real_files(relative, tmp_path, edits):
    source = shared("native") / relative
    path = tmp_path / source.name
    path.write_bytes(damaged(source.read_bytes(), edits))
    accept(path)
