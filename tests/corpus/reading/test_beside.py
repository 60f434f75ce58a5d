import zipfile

import numpy as np
import pytest
import SimpleITK

from tests.references import shared
from ultrasam.corpus.reading import ImageStack, LabelPlane, LabelStack, Plane
from ultrasam.corpus.reading.beside import on_disk_together
from ultrasam.corpus.reading.stacks import close_stacks
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import Source

VALUES = np.random.default_rng(0).integers(0, 255, (2, 4, 5), dtype=np.uint8)


@pytest.fixture(params=["folder", "zip"])
def place(request, tmp_path):
    folder = tmp_path / "data"
    (folder / "a").mkdir(parents=True)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(VALUES), str(folder / "a/scan.mhd"))
    if request.param == "folder":
        return folder
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        for file in (folder / "a").iterdir():
            archive.write(file, f"a/{file.name}")
    return tmp_path / "data.zip"


def test_a_header_and_its_pixels_are_read_together(place):
    with Source.open(place) as source:
        header, pixels = source.find("a/scan.mhd"), source.find("a/scan.raw")
        images, labels = ImageStack(header, beside=pixels), LabelStack(header, beside=pixels)
        assert images.files == labels.files == (header, pixels)
        for index in range(2):
            np.testing.assert_array_equal(Plane(images, index).read().pixels, VALUES[index])
            np.testing.assert_array_equal(LabelPlane(labels, index).load(), VALUES[index])
        close_stacks()


def test_copies_are_removed_and_files_of_a_folder_are_not_copied(place):
    scratch = place.parent / "scratch"
    with Source.open(place, scratch=scratch) as source:
        files = source.find("a/scan.mhd"), source.find("a/scan.raw")
        with on_disk_together(files) as path:
            assert sorted(entry.name for entry in path.parent.iterdir()) == ["scan.mhd", "scan.raw"]
        assert path.exists() == place.is_dir()
        assert (scratch in path.parents) != place.is_dir()


def test_a_header_without_its_pixels_is_unreadable(place):
    with Source.open(place) as source:
        (place / "a/scan.raw").unlink() if place.is_dir() else None
        with pytest.raises(Unreadable, match=r"scan\.raw.* no such file"):
            Plane(ImageStack(source.find("a/scan.mhd")), 0).read()


def test_real_files_give_the_pixels_of_itk():
    place = shared("native/CAMUS_mhd_5patients") / "patient0003"
    with Source.open(place) as source:
        stack = LabelStack(source.find("*_ED_gt.mhd"), beside=source.find("*_ED_gt.raw"))
        expected = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(place / "patient0003_4CH_ED_gt.mhd")))
        np.testing.assert_array_equal(LabelPlane(stack, 0).load(), expected[0])
