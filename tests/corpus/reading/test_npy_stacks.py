"""Arrays of NumPy files as planes."""

import io
import os
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import LabelPlane, NpyImageStack, NpyStack, Plane, npy_shape
from ultrasam.corpus.reading.stacks import close_stacks, plane_count
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import Source

GREY = np.random.default_rng(0).integers(0, 256, (5, 6, 7), dtype=np.uint8)


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


@pytest.fixture
def saved(tmp_path):
    def save(values, name="a.npy"):
        np.save(tmp_path / name, values)
        return source_file(tmp_path / name)

    return save


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, ">i4", np.float16, np.float64])
@pytest.mark.parametrize("shape", [(5, 6, 7), (5, 6, 7, 1)])
def test_planes_are_those_that_numpy_loads(saved, shape, dtype, order):
    values = np.asarray(GREY.reshape(shape).astype(dtype), order=order)
    file = saved(values)
    assert npy_shape(file) == (5, 6, 7)
    assert plane_count(NpyStack(file)) == 5
    for index in (4, 0, 2):
        assert np.array_equal(LabelPlane(NpyStack(file), index, turn="rows").load(), GREY[index, ::-1])


def test_planes_of_a_file_in_an_archive(saved, tmp_path):
    saved(GREY)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "a.npy", "data/a.npy")
    with Source.open(tmp_path / "a.zip") as source:
        stack = NpyStack(source.find("a.npy"))
        assert [LabelPlane(stack, index).load().tolist() for index in (3, 1)] == [GREY[3].tolist(), GREY[1].tolist()]
        close_stacks()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_from_0_to_1_become_grey_values(saved, dtype):
    stack = NpyImageStack(saved((GREY / 255).astype(dtype)))
    assert np.array_equal(Plane(stack, 1).read().pixels, GREY[1])


def test_grey_values_of_8_bits_stay(saved):
    assert np.array_equal(Plane(NpyImageStack(saved(GREY)), 2).read().pixels, GREY[2])


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.full((1, 2, 2), 1.01), "1.01 to 1.01"),
        (np.full((1, 2, 2), -0.01), "from 0 to 1"),
        (np.full((1, 2, 2), np.nan), "nan"),
        (np.full((1, 2, 2), 255.0, np.float32), "255 to 255"),
        (np.full((1, 2, 2), 300, np.uint16), "8-bit"),
    ],
)
def test_images_of_another_scale_are_unreadable(saved, values, says):
    with pytest.raises(Unreadable, match=says):
        Plane(NpyImageStack(saved(values)), 0).read()


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((2, 2)),
        np.zeros((1, 2, 2, 2)),
        np.zeros((1, 2, 2, 1, 1)),
        np.zeros((0, 2, 2)),
        np.zeros((1, 2, 2), complex),
        np.full((1, 2, 2), "a"),
        np.full((1, 2, 2), None),
    ],
    ids=lambda values: f"{values.dtype} {values.shape}",
)
def test_what_is_no_planes_of_numbers_is_unreadable(saved, values):
    file = saved(values)
    for read in (npy_shape, lambda file: LabelPlane(NpyStack(file), 0).load()):
        with pytest.raises(Unreadable, match=r"a\.npy"):
            read(file)


class Evil:
    def __reduce__(self):
        return os.mkdir, (os.environ["ULTRASAM_TEST_PICKLE"],)


def test_pickles_are_never_opened(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_TEST_PICKLE", str(tmp_path / "ran"))
    np.save(tmp_path / "a.npy", np.full((1, 2, 2), Evil()), allow_pickle=True)
    with pytest.raises(Unreadable, match="Expected numbers"):
        Plane(NpyImageStack(source_file(tmp_path / "a.npy")), 0).read()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("change", [lambda b: b"", lambda b: b"text", lambda b: b[:40], lambda b: b[:-1]])
def test_damaged_files_are_unreadable(saved, tmp_path, change):
    saved(GREY)
    path = tmp_path / "a.npy"
    path.write_bytes(change(path.read_bytes()))
    for read in (npy_shape, lambda file: LabelPlane(NpyStack(file), 0).load()):
        with pytest.raises(Unreadable, match=r"a\.npy"):
            read(source_file(path))
        close_stacks()


def test_a_header_that_claims_too_much_takes_no_memory(tmp_path):
    stream = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": (1, 1 << 30, 1 << 30)}
    np.lib.format.write_array_header_1_0(stream, header)
    (tmp_path / "a.npy").write_bytes(stream.getvalue())
    with pytest.raises(Unreadable, match="damaged"):
        LabelPlane(NpyStack(source_file(tmp_path / "a.npy")), 0).load()


@pytest.mark.parametrize("index", [-1, 5])
@pytest.mark.parametrize("stack", [NpyStack, NpyImageStack])
def test_a_plane_that_is_not_there_is_unreadable(saved, stack, index):
    with pytest.raises(Unreadable, match=f"plane {index}"):
        Plane(stack(saved(GREY)), index).read()


def test_only_one_plane_is_in_memory(tmp_path):
    shape = (1000, 256, 256)
    np.lib.format.open_memmap(tmp_path / "a.npy", "w+", np.float32, shape)
    stack = NpyImageStack(source_file(tmp_path / "a.npy"))
    tracemalloc.start()
    for index in (0, 500, 999):
        Plane(stack, index).read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 256 * 256 * 4


def test_planes_can_be_sent_to_other_processes(saved):
    plane = pickle.loads(pickle.dumps(Plane(NpyImageStack(saved(GREY)), 3)))  # noqa: S301
    assert np.array_equal(plane.read().pixels, GREY[3])
