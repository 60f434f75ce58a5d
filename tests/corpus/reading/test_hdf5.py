"""Arrays of HDF5 files, as planes and as columns."""

import pickle
import zipfile

import numpy as np
import pytest

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import Hdf5Stack, LabelPlane, Plane, hdf5_columns
from ultrasam.corpus.reading.stacks import close_stacks, plane_count
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import Source
from ultrasam.corpus.source.zip_archives import ZipMember
from ultrasam.errors import InputError

h5py = pytest.importorskip("h5py")

GREY = np.random.default_rng(0).integers(0, 255, (5, 6, 7), dtype=np.uint8)
RGB = np.random.default_rng(1).integers(0, 255, (5, 6, 7, 3), dtype=np.uint8)


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file.create_dataset("image", data=GREY, chunks=(1, 6, 7), compression="gzip")
        file["clips/colour"] = RGB
        file["wide"] = GREY.astype(np.uint16)
        file["name"] = np.array([["ä_"], ["b"]], dtype=h5py.string_dtype())
        file["fixed"] = np.array([b"x", b"yy"])
        file["number"] = np.array([[3], [4]])
        file["scalar"] = 7
    yield tmp_path / "a.hdf5"
    close_stacks()


@pytest.mark.parametrize(("name", "expected"), [("image", GREY), ("clips/colour", RGB)])
def test_planes(path, name, expected):
    stack = Hdf5Stack(source_file(path), name)
    assert plane_count(stack) == 5
    for index in (4, 0, 2):
        assert np.array_equal(Plane(stack, index).read().pixels, expected[index])
        assert np.array_equal(LabelPlane(stack, index, turn="rows").load(), expected[index][::-1])


def test_planes_of_a_file_in_an_archive(path, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "data/a.hdf5")
    with Source.open(tmp_path / "a.zip") as source:
        assert np.array_equal(Plane(Hdf5Stack(source.find("a.hdf5"), "image"), 3).read().pixels, GREY[3])
        close_stacks()


def test_planes_can_be_sent_to_other_processes(path):
    plane = pickle.loads(pickle.dumps(Plane(Hdf5Stack(source_file(path), "image"), 1)))  # noqa: S301
    assert np.array_equal(plane.read().pixels, GREY[1])


def test_a_stack_is_opened_once_and_closed(path, monkeypatch):
    opened = []
    original = h5py.File
    monkeypatch.setattr(h5py, "File", lambda *args, **kwargs: opened.append(original(*args, **kwargs)) or opened[-1])
    stack = Hdf5Stack(source_file(path), "image")
    for index in range(5):
        Plane(stack, index).read()
    assert len(opened) == 1
    assert opened[0]
    close_stacks()
    assert not opened[0]


@pytest.mark.parametrize("name", ["nothing", "clips", "number", "scalar", "wide", "a\0b"])
def test_what_is_no_stack_of_pictures_is_unreadable(path, name):
    with pytest.raises(Unreadable, match=r"a\.hdf5"):
        Plane(Hdf5Stack(source_file(path), name), 0).read()


@pytest.mark.parametrize("read", [lambda p: p.read(), lambda p: LabelPlane(p.stack, p.index).load()])
def test_a_plane_that_is_not_there_is_unreadable(path, read):
    with pytest.raises(Unreadable, match=r"a\.hdf5"):
        read(Plane(Hdf5Stack(source_file(path), "image"), 5))


def test_damaged_files_are_unreadable(path):
    content = path.read_bytes()
    for damaged in (b"", b"text", content[:100], content[: len(content) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(Unreadable, match=r"a\.hdf5"):
            Plane(Hdf5Stack(source_file(path), "image"), 0).read()
        close_stacks()


def test_columns(path):
    names, fixed, numbers = hdf5_columns(source_file(path), "name", "fixed", "number")
    assert names.tolist() == ["ä_", "b"]
    assert fixed.tolist() == ["x", "yy"]
    assert numbers.tolist() == [3, 4]


@pytest.mark.parametrize(
    ("names", "says"), [(("name", "image"), "one length"), (("name", "clips"), "clips"), (("no",), "no")]
)
def test_columns_that_do_not_fit_are_an_error(path, names, says):
    with pytest.raises(InputError, match=says):
        hdf5_columns(source_file(path), *names)


def test_a_packed_file_is_unpacked_once_for_all_its_arrays(path, tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "a.hdf5")
    opened = []
    original = ZipMember.open
    monkeypatch.setattr(ZipMember, "open", lambda place: opened.append(place) or original(place))
    with Source.open(tmp_path / "a.zip") as source:
        file = source.files[0]
        assert hdf5_columns(file, "number")[0].tolist() == [3, 4]
        for name, expected in (("image", GREY), ("clips/colour", RGB)):
            assert np.array_equal(Plane(Hdf5Stack(file, name), 4).read().pixels, expected[4])
            close_stacks()
    assert len(opened) == 1
