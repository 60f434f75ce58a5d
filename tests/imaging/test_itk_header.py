import numpy as np
import pytest
import SimpleITK

from ultrasam.errors import ImageError
from ultrasam.imaging import read
from ultrasam.imaging.itk_header import find_pixels, pixels_elsewhere

PIXELS = np.arange(35, dtype=np.uint8).reshape(1, 5, 7)
META = "ObjectType = Image\nNDims = 3\nDimSize = 7 5 1\nElementType = MET_UCHAR\n"
NRRD = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 7 5 1\nencoding: raw\n"


@pytest.fixture
def secret(tmp_path):
    """A folder for headers, and a file in the folder above it that no header may show."""
    path = tmp_path / "secret.raw"
    path.write_bytes(PIXELS.tobytes())
    (tmp_path / "scans").mkdir()
    return path


def header(secret, text):
    path = secret.parent / "scans" / ("x.nhdr" if text.startswith("NRRD") else "x.mhd")
    path.write_bytes(text.format(secret=secret).encode())
    return path


@pytest.mark.parametrize("name", ["x.mhd", "x.mha", "x.nhdr", "x.nrrd"])
def test_the_files_that_itk_writes(tmp_path, name):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(PIXELS), str(tmp_path / name))
    found = find_pixels(tmp_path / name)
    assert found.name == ("x.raw" if name in ("x.mhd", "x.nhdr") else name)
    assert found.byte_count == PIXELS.nbytes or found.is_packed
    assert (read(tmp_path / name).frame(0).pixels == PIXELS[0]).all()


@pytest.mark.parametrize(
    "text",
    [
        META + "ElementDataFile = beside.raw\n",
        META.replace("\n", "\r\n") + "ElementDataFile = beside.raw\r\n",
        NRRD + "data file: beside.raw\n",
        NRRD + "datafile: ./beside.raw\n\n",
        NRRD.replace("\n", "\r\n") + "Data File: beside.raw\r\n\r\n",
    ],
)
def test_a_file_beside_the_header_is_read(secret, text):
    path = header(secret, text)
    (path.parent / "beside.raw").write_bytes(PIXELS.tobytes())
    assert (read(path).frame(0).pixels == PIXELS[0]).all()


@pytest.mark.parametrize("start", [META + "ElementDataFile = ", NRRD + "data file: "], ids=["MetaImage", "NRRD"])
@pytest.mark.parametrize(
    ("name", "expected"),
    [("LOCAL", None), ("local", None), ("beside.raw", "beside.raw"), ("/etc/passwd", "/etc/passwd"), ("LIST", "LIST")],
)
def test_the_file_that_is_named_need_not_be_there(secret, start, name, expected):
    assert pixels_elsewhere(header(secret, start + name + "\n\n")) == expected


@pytest.mark.parametrize("name", ["{secret}", "../secret.raw", "./../secret.raw", "..\\secret.raw", "sub/x.raw", "C:x"])
@pytest.mark.parametrize("start", [META + "ElementDataFile = ", NRRD + "data file: "])
def test_a_file_elsewhere_is_refused(secret, start, name):
    with pytest.raises(ImageError, match=r"in a file beside it, but its header names"):
        read(header(secret, start + name + "\n"))


@pytest.mark.parametrize("name", ["LIST\n{secret}", "LIST 2\n{secret}", "../secret%d.raw 1 1 1"])
@pytest.mark.parametrize("start", [META + "ElementDataFile = ", NRRD + "data file: "])
def test_pixels_in_many_files_are_refused(secret, start, name):
    with pytest.raises(ImageError, match="spread over many: save them as one file"):
        read(header(secret, start + name + "\n"))


@pytest.mark.parametrize(
    "text",
    [
        META + "ElementDataFile: {secret}\nElementDataFile = LOCAL\n",
        META + "ElementDataFileX = {secret}\nElementDataFile = LOCAL\n",
        META + "ElementDataFile = \n{secret}\nElementDataFile = LOCAL\n",
        META + "Comment = \nElementDataFile = LOCAL\nElementDataFile = {secret}\n",
        META + "Comment = a\rElementDataFile = {secret}\nElementDataFile = LOCAL\n",
        META + "Comment = a\n" * 10_000 + "ElementDataFile = {secret}\n",
        NRRD + "content: a\rdata file: {secret}\n\n",
        NRRD + "datafile : {secret}\n\n",
        NRRD + " DataFile: {secret}\n\n",
        NRRD + "data file: LOCAL\ndata file: {secret}\n\n",
        NRRD + "# a\n" * 20_000 + "data file: {secret}\n\n",
    ],
)
def test_no_way_of_writing_it_shows_a_file_elsewhere(secret, text):
    path = header(secret, text)
    with pytest.raises(ImageError, match=r"^Expected"):
        read(path).frame(0)


def test_a_file_that_is_not_there(secret):
    with pytest.raises(ImageError, match=r"pixels of x\.mhd in 'absent\.raw' beside it, but there is no such file"):
        read(header(secret, META + "ElementDataFile = absent.raw\n"))
