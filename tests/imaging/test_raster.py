import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.references import shared
from ultrasam.errors import ImageError
from ultrasam.imaging import read

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
COLOUR = np.stack([RAMP, RAMP[::-1], RAMP.T], axis=-1)
ALPHA = np.where(np.arange(16) < 8, 255, 0).astype(np.uint8)[None].repeat(16, 0)


def save(path, picture, **options):
    picture.save(path, **options)
    return path


def pixels(path):
    image = read(path)
    assert len(image) == 1
    return image.frame(0).pixels


def over_black(array):
    return np.where(ALPHA[..., None] > 0, array, 0) if array.ndim == 3 else np.where(ALPHA > 0, array, 0)


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "webp", "gif"])
def test_lossless_formats_give_the_pixels_back(tmp_path, suffix):
    options = {"lossless": True} if suffix == "webp" else {}
    path = save(tmp_path / f"x.{suffix}", Image.fromarray(COLOUR if suffix == "webp" else RAMP), **options)
    expected = COLOUR if suffix == "webp" else RAMP
    got = pixels(path)
    # A GIF is a palette image, so it is read in colour.
    assert (got == (expected[..., None] if suffix == "gif" else expected)).all()
    assert got.dtype == np.uint8


MODES = {
    "1": (Image.fromarray(RAMP > 99), np.where(RAMP > 99, 255, 0)),
    "L": (Image.fromarray(RAMP), RAMP),
    "LA": (Image.merge("LA", [Image.fromarray(RAMP), Image.fromarray(ALPHA)]), over_black(RAMP)),
    "RGB": (Image.fromarray(COLOUR), COLOUR),
    "RGBA": (Image.fromarray(np.dstack([COLOUR, ALPHA])), over_black(COLOUR)),
    "I;16": (Image.fromarray(RAMP.astype(np.uint16) * 16), np.rint(RAMP * 16.0 * 255 / 4095)),
}


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [("png", mode) for mode in MODES] + [("tif", mode) for mode in MODES] + [("webp", "RGBA"), ("bmp", "RGB")],
)
def test_every_mode(tmp_path, suffix, mode):
    picture, expected = MODES[mode]
    options = {"lossless": True, "exact": True} if suffix == "webp" else {}
    path = save(tmp_path / f"x.{suffix}", picture, **options)
    with Image.open(path) as stored:
        assert stored.mode == mode
    assert (pixels(path) == expected).all()


def test_a_palette_is_looked_up(tmp_path):
    indexed = Image.fromarray(RAMP // 64)
    indexed.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120])
    expected = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90], [100, 110, 120]])[RAMP // 64]
    assert (pixels(save(tmp_path / "x.png", indexed)) == expected).all()
    expected[RAMP // 64 == 2] = 0
    assert (pixels(save(tmp_path / "y.png", indexed, transparency=2)) == expected).all()


@pytest.mark.parametrize(
    ("picture", "transparency"), [(Image.fromarray(RAMP), 7), (Image.fromarray(COLOUR), (0, 240, 0))]
)
def test_a_transparent_colour_is_black(tmp_path, picture, transparency):
    expected = np.asarray(picture).copy()
    expected[(expected == transparency) if expected.ndim == 2 else (expected == transparency).all(-1)] = 0
    assert (pixels(save(tmp_path / "x.png", picture, transparency=transparency)) == expected).all()


def test_cmyk_becomes_rgb(tmp_path):
    cmyk = Image.fromarray(COLOUR).convert("CMYK")
    assert (pixels(save(tmp_path / "x.tif", cmyk)) == np.asarray(cmyk.convert("RGB"))).all()
    assert pixels(save(tmp_path / "x.jpg", cmyk)).shape == (16, 16, 3)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (RAMP.astype(">u2") * 256, np.rint(RAMP * 256.0 * 255 / 65535)),
        (RAMP.astype(np.int32) - 100, RAMP),
        (RAMP.astype(np.float32) / 255, RAMP),
        (RAMP.astype(np.float32), RAMP),
        (RAMP.astype(np.float32) * 10 - 50, RAMP),
    ],
)
def test_more_than_8_bits_are_scaled(tmp_path, array, expected):
    picture = Image.frombytes("I;16B", (16, 16), array.tobytes()) if array.dtype == ">u2" else Image.fromarray(array)
    image = read(save(tmp_path / "x.tif", picture))
    assert (image.frame(0).pixels == expected).all()
    assert "grey values" in image.source.details


def test_pixels_that_are_not_finite_are_refused(tmp_path):
    array = np.zeros((4, 4), np.float32)
    array[0, :3] = np.nan, np.inf, -np.inf
    with pytest.raises(ImageError, match=r"finite pixel values in x\.tif, but 3 are"):
        read(save(tmp_path / "x.tif", Image.fromarray(array)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_tags_are_applied(tmp_path, orientation):
    wide = COLOUR[:8]
    turned = {
        1: wide,
        2: wide[:, ::-1],
        3: wide[::-1, ::-1],
        4: wide[::-1],
        5: wide.transpose(1, 0, 2),
        6: np.rot90(wide, -1),
        7: wide[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(wide),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    for suffix in ("png", "tif"):
        path = save(tmp_path / f"x.{suffix}", Image.fromarray(wide), exif=exif)
        assert (pixels(path) == turned).all()
    jpeg = save(tmp_path / "x.jpg", Image.fromarray(wide), exif=exif, quality=95)
    assert pixels(jpeg).shape == turned.shape


def test_a_resolution_tag_is_no_calibration(tmp_path):
    path = save(tmp_path / "x.png", Image.fromarray(RAMP), dpi=(300, 300))
    assert read(path).calibration == "not calibrated"


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_animations_are_frames_with_times(tmp_path, suffix):
    frames = [Image.fromarray(np.roll(RAMP, n, axis=1)).convert("RGB") for n in range(5)]
    options = {"lossless": True} if suffix == "webp" else {}
    path = tmp_path / f"x.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[100, 50, 50, 200, 100], **options)
    image = read(path)
    assert image.shape == (5, 16, 16, 3)
    assert image.frame_times_s == pytest.approx((0, 0.1, 0.15, 0.2, 0.4))
    for index in (0, 1, 2, 3, 4, 2, 0, 4):
        assert (image.frame(index).pixels == np.asarray(frames[index])).all()


def test_pages_of_a_tiff_share_one_scale(tmp_path):
    pages = [Image.fromarray(RAMP.astype(np.uint16)), Image.fromarray(RAMP.astype(np.uint16) * 16)]
    path = tmp_path / "x.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    image = read(path)
    assert image.shape == (2, 16, 16)
    assert image.frame(1).pixels.max() == 254
    assert image.frame(0).pixels.max() == 16


def test_grey_and_colour_pages_are_all_colour(tmp_path):
    path = tmp_path / "x.tif"
    Image.fromarray(RAMP).save(path, save_all=True, append_images=[Image.fromarray(COLOUR)])
    image = read(path)
    assert (image.frame(0).pixels == RAMP[..., None]).all()
    assert (image.frame(1).pixels == COLOUR).all()


def test_pages_of_different_size_are_refused(tmp_path):
    path = tmp_path / "x.tif"
    Image.fromarray(RAMP).save(path, save_all=True, append_images=[Image.fromarray(RAMP[:8])])
    with pytest.raises(ImageError, match=r"the first has 16 x 16 pixels and page 2 has 16 x 8"):
        read(path)


def test_a_smaller_copy_of_the_page_is_passed_over(tmp_path):
    path = tmp_path / "x.tif"
    thumbnail = Image.fromarray(RAMP[::4, ::4])
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    Image.fromarray(RAMP).save(path, save_all=True, append_images=[thumbnail])
    assert read(path).shape == (1, 16, 16)


def png_that_claims(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00" * 17)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("size", [(100_000, 100_000), (12_000, 12_000)])
def test_a_header_that_claims_too_much_is_refused(tmp_path, recwarn, size):
    path = tmp_path / "x.png"
    path.write_bytes(png_that_claims(*size))
    with pytest.raises(ImageError, match=r"at most 134,217,728 pixels, but the header of x\.png claims"):
        read(path)
    assert not recwarn.list


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "bmp", "webp", "gif"])
def test_cut_off_files_are_refused(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = save(tmp_path / f"x.{suffix}", Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ImageError, match=rf"Expected a whole image in x\.{suffix}, but it is damaged or cut off"):
        read(path)


def test_real_pictures_of_every_data_set_are_read():
    found = [
        path
        for path in shared("native").rglob("*")
        if path.suffix.lower() in {".png", ".jpg", ".tif"} and path.stat().st_size
    ]
    assert len(found) > 50
    for path in found:
        with Image.open(path) as stored:
            size, grey = stored.size, stored.mode in ("1", "L")
        image = read(path)
        assert image.size_hw == size[::-1]
        assert image.is_colour == (not grey)
