"""NumPy files of pickled objects, without the risk that a pickle runs code."""

from __future__ import annotations

import pickle
from typing import Any, BinaryIO

import numpy as np

from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import SourceFile

#: What pickles of arrays, and of dictionaries and lists of arrays, are made of, asked of NumPy itself: the modules that
#: they name have moved with its versions.
_ARRAY_PARTS: dict[str, Any] = {
    "_reconstruct": np.empty(0).__reduce__()[0],
    "_frombuffer": np.empty(1).__reduce_ex__(5)[0],
    "scalar": np.float64(0).__reduce__()[0],
    "ndarray": np.ndarray,
    "dtype": np.dtype,
}


def load_pickled(file: SourceFile) -> Any:
    """The object of a ``.npy`` file that was saved with ``allow_pickle``: arrays in plain Python containers.

    Raises:
        Unreadable: the file is damaged, or its pickle asks for anything else than arrays.
    """
    try:
        with file.open() as stream:
            version = np.lib.format.read_magic(stream)
            read_header = (
                np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            )
            _, _, dtype = read_header(stream)
            if not dtype.hasobject:
                stream.seek(0)
                return np.load(stream, allow_pickle=False)
            loaded = _ArraysOnly(stream).load()
    # A damaged pickle makes Python and NumPy raise whatever they meet.
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Unreadable(f"Expected arrays in {file.path}, but it is damaged or something else: {reason}") from error
    return loaded.item() if isinstance(loaded, np.ndarray) and loaded.ndim == 0 else loaded


class _ArraysOnly(pickle.Unpickler):
    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)

    def find_class(self, module: str, name: str) -> Any:
        """Refuse everything but the parts of arrays."""
        if module.partition(".")[0] == "numpy" and name in _ARRAY_PARTS:
            return _ARRAY_PARTS[name]
        raise pickle.UnpicklingError(f"its pickle asks for {module}.{name}, which is no array")
