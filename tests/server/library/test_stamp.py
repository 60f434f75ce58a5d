import os
import shutil

import pytest

from tests.references import shared
from ultrasam.errors import ImageError
from ultrasam.server.library import Library, Stamp
from ultrasam.server.library.stamp import pixels_beside, stamp_of
from ultrasam.server.refusals import Gone


def test_a_stamp_is_size_and_time(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(bytes(5))
    os.utime(path, ns=(0, 123_456_789))
    assert stamp_of(path) == Stamp(5, 123_456_789)


@pytest.mark.parametrize("name", ["gone.png", "x.png/y.png"])
def test_what_is_gone(tmp_path, name):
    (tmp_path / "x.png").touch()
    with pytest.raises(Gone, match=f"{name[-5:]}.*is gone"):
        stamp_of(tmp_path / name)


def test_a_circle_of_links(tmp_path):
    (tmp_path / "x.png").symlink_to("x.png")
    with pytest.raises(ImageError, match=r"x\.png cannot be read"):
        stamp_of(tmp_path / "x.png")


def test_pixels_beside_their_header_count(tmp_path):
    folder = shared("native/CAMUS_mhd_5patients/patient0003")
    header, pixels = (tmp_path / f"patient0003_4CH_ED.{ending}" for ending in ("mhd", "raw"))
    for path in (header, pixels):
        shutil.copyfile(folder / path.name, path)
        os.utime(path, ns=(0, 10))
    library = Library(tmp_path, tmp_path / ".uploads", 1)
    before = library.stamp(header), library.frame_png(header, 0)
    assert before[0] == Stamp(header.stat().st_size + pixels.stat().st_size, 10)
    pixels.write_bytes(bytes(pixels.stat().st_size))
    os.utime(pixels, ns=(0, 11))
    assert library.stamp(header).mtime_ns == 11
    assert library.frame_png(header, 0) != before[1]
    pixels.unlink()
    assert library.stamp(header).size == header.stat().st_size
    with pytest.raises(ImageError, match="no such file"):
        library.frame_png(header, 0)


def test_only_a_header_has_pixels_beside_it(tmp_path):
    (tmp_path / "x.raw").write_bytes(bytes(4))
    for name, text in {
        "x.mhd": "ElementDataFile = x.raw\n",
        "local.mhd": "ElementDataFile = LOCAL\n",
        "itself.mhd": "ElementDataFile = itself.mhd\n",
        "gone.mhd": "ElementDataFile = gone.raw\n",
        "away.mhd": "ElementDataFile = ../x.raw\n",
        "folder.mhd": "ElementDataFile = folder\n",
        "broken.mhd": "",
        "x.png": "ElementDataFile = x.raw\n",
    }.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder").mkdir()
    found = {path.name: pixels_beside(path) for path in tmp_path.iterdir() if path.is_file()}
    assert {name: path for name, path in found.items() if path is not None} == {"x.mhd": tmp_path / "x.raw"}
