import os
import pickle
from collections import OrderedDict
from functools import partial

import numpy as np
import pytest

from ultrasam.corpus.reading import load_pickled
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import Source

CONTENT = {
    "image": np.arange(24, dtype=np.uint8).reshape(4, 6),
    "structures": {"liver": np.eye(3), "score": np.float32(2)},
}


@pytest.fixture
def load(tmp_path):
    def load(write):
        path = tmp_path / "a.npy"
        write(path) if callable(write) else path.write_bytes(write)
        with Source.open(tmp_path) as source:
            return load_pickled(source.find("a.npy"))

    return load


def pickled(value, protocol=4):
    """A ``.npy`` file whose pickle is written with another protocol than NumPy's."""
    header = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '|O', 'fortran_order': False, 'shape': (), }".ljust(117) + b"\n"
    holder = np.empty((), object)
    holder[()] = value
    return header + pickle.dumps(holder, protocol=protocol)


def test_a_dictionary_of_arrays_comes_as_numpy_saved_it(load):
    found = load(lambda path: np.save(path, CONTENT, allow_pickle=True))
    assert (found["image"] == CONTENT["image"]).all()
    assert (found["structures"]["liver"] == np.eye(3)).all()
    assert found["structures"]["score"] == 2


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_every_protocol_of_python_3_is_known(load, protocol):
    assert (load(pickled(CONTENT, protocol))["image"] == CONTENT["image"]).all()


def test_pickles_of_numpy_1_are_known(load):
    """They name numpy.core, which NumPy 2 calls numpy._core."""
    new, old = b"numpy._core.multiarray", b"numpy.core.multiarray"
    content = pickled(CONTENT, 3)
    assert new in content or old in content
    renamed = content.replace(new, old) if new in content else content.replace(old, new)
    assert (load(renamed)["image"] == CONTENT["image"]).all()


def test_a_plain_array_needs_no_pickle(load):
    assert (load(lambda path: np.save(path, np.arange(5))) == np.arange(5)).all()


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/ultrasam_pickle_ran",)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Evil(), "posix.system"),
        (OrderedDict(), "collections.OrderedDict"),
        (partial(print), "functools.partial"),
        (np.load, "numpy.load"),
        (np.random.default_rng, "default_rng"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pickle_that_asks_for_anything_else_is_refused(load, value, name, monkeypatch):
    with pytest.raises(Unreadable, match=f"asks for .*{name.partition('.')[2] or name}, which is no array"):
        load(pickled({"image": value}))
    assert not os.path.exists("/tmp/ultrasam_pickle_ran")  # noqa: PTH110


@pytest.mark.parametrize(
    "content", [b"", b"nothing", pickled(CONTENT)[:-40], b"\x93NUMPY\x07\x00"], ids=["empty", "text", "cut", "version"]
)
def test_damage_is_said(load, content):
    with pytest.raises(Unreadable, match=r"Expected arrays in a\.npy"):
        load(content)
