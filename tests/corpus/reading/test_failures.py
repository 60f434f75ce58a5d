"""Why a file cannot be read, from archives and folders, which lie and are copied to another place each time."""

import numpy as np
import pytest
import SimpleITK

from tests.corpus.converters.made import picture, texture
from tests.corpus.reading.sources import source_file
from tests.corpus.source.archive_files import write, zip_of
from ultrasam.corpus.reading import ImageStack, LabelPicture, LabelPlane, LabelStack, PictureFile, Plane
from ultrasam.corpus.reading.failures import unreadable
from ultrasam.corpus.reading.stacks import close_stacks
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import Source


def cut_off_tiff(folder):
    path = picture(folder / "scan.tif", texture())
    return path.read_bytes()[:300]


def cut_off_volume(folder):
    values = np.random.default_rng(0).integers(0, 255, (9, 40, 50), dtype=np.uint8)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(folder / "scan.mha"), useCompression=True)
    return (folder / "scan.mha").read_bytes()[:-300]


@pytest.fixture
def places(tmp_path):
    """One data set with damaged files, as a folder and as archives in two places."""
    made = {"scan.tif": cut_off_tiff(tmp_path), "scan.mha": cut_off_volume(tmp_path), "empty.png": b"", "a.png": b"x"}
    archives = [tmp_path / name / "set.zip" for name in ("first", "second")]
    for archive in archives:
        archive.parent.mkdir()
        archive.write_bytes(zip_of({f"images/{name}": content for name, content in made.items()}))
    return write(tmp_path / "set", {f"images/{name}": content for name, content in made.items()}), *archives


READERS = {
    "picture": lambda file: PictureFile(file).read(),
    "label picture": lambda file: LabelPicture(file).load(),
    "plane": lambda file: Plane(ImageStack(file), 0).read(),
    "planes along another axis": lambda file: Plane(ImageStack(file, "y"), 0).read(),
    "label plane": lambda file: LabelPlane(LabelStack(file), 0).load(),
}


def reasons(place, read):
    with Source.open(place) as source:
        for file in source.files:
            with pytest.raises(Unreadable) as raised:
                read(file)
            yield str(raised.value).replace(file.path, "…")
        close_stacks()


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_the_same_damage_has_the_same_reason(places, read):
    folder, *archives = (list(reasons(place, read)) for place in places)
    assert archives == [folder, folder]
    assert not any(str(places[0].parent) in reason for reason in folder)


def test_files_that_have_the_same_trouble_share_a_reason(tmp_path):
    for name in ("a.png", "b.png"):
        picture(tmp_path / name, texture())
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:200])
    assert len(set(reasons(tmp_path, READERS["picture"]))) == 1


def test_a_name_without_suffix_is_not_taken_for_a_word(tmp_path):
    (tmp_path / "image").write_bytes(b"x")
    file = source_file(tmp_path / "image")
    with pytest.raises(Unreadable) as raised, unreadable(file, tmp_path / "image"):
        raise OSError(f"no image at {tmp_path / 'image'}")
    assert str(raised.value) == "image cannot be read: no image at image"
