"""Where named weights lie on this machine, and whether they are what they claim to be."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from ultrasam.cache import cache_dir
from ultrasam.errors import WeightsError
from ultrasam.weights.hashing import sha256_of
from ultrasam.weights.hub import hub_folder, is_hub_id
from ultrasam.weights.registry import BUNDLED_FOLDER, WeightsEntry, entries, entry_with_sha256, find_entry
from ultrasam.weights.tensor_file import check_tensor_file


def path_of(entry: WeightsEntry) -> Path:
    """Where the file of named weights lies, or would lie: in the package or in the cache."""
    return (BUNDLED_FOLDER if entry.bundled else cache_dir("weights")) / entry.file


def recorded_hash_path(path: Path) -> Path:
    """The text file beside a download that keeps the hash it had, where no hash is published."""
    return path.with_name(path.name + ".sha256")


def resolve(name_or_path: str | PathLike[str]) -> Path:
    """The file (or Hugging Face folder) that a name of the registry or a path stands for.

    Raises:
        WeightsError: there is no such file; the message says which command gets it.
    """
    entry = find_entry(name_or_path)
    path = path_of(entry) if entry else Path(name_or_path).expanduser()
    if path.exists():
        return path
    if entry is None and is_hub_id(name_or_path):
        folder = hub_folder(str(name_or_path))
        if folder is None:
            raise WeightsError(
                "Expected a file of weights, or a repository of the Hugging Face hub that was downloaded, but there is "
                f"no {str(name_or_path)!r}: get it with  ultrasam weights download {name_or_path}"
            )
        return folder
    if entry is None:
        names = ", ".join(entry.name for entry in entries())
        raise WeightsError(
            f"Expected a file of weights or one of the names {names}, but there is no {str(name_or_path)!r}."
        )
    if entry.bundled:
        raise WeightsError(f"Expected {entry.file} inside the package, but it is missing: install ultrasam again.")
    raise WeightsError(
        f"Expected the weights {entry.name} at {path}, but they are not here yet: "
        f"get them with  ultrasam weights download {entry.name}"
    )


def check_weights(name_or_path: str | PathLike[str]) -> None:
    """Pass if some weights are here and begin as such; whether they fit a network is seen when they are loaded.

    Raises:
        WeightsError: no such weights, or a file that is empty, cannot be read, or is no weights file.
    """
    check_tensor_file(resolve(name_or_path))


@dataclass(frozen=True)
class Verification:
    """What a file's hash says.

    Attributes:
        path: the file.
        sha256: its hash.
        expected: the hash that it should have, or None where none is known.
        source: where the expected hash is from: ``"published"``, ``"recorded at download"`` or ``"none"``.
    """

    path: Path
    sha256: str
    expected: str | None
    source: str

    @property
    def matches(self) -> bool | None:
        """Whether the hash is the expected one; None where none is known."""
        return None if self.expected is None else self.sha256 == self.expected


def verify(name_or_path: str | PathLike[str]) -> Verification:
    """Hash a weights file and compare with what is known of it.

    A name is compared with its published hash, or with the one recorded when it was downloaded. A path is
    compared with the hash recorded beside it, or recognised if it has a published one.

    Raises:
        WeightsError: there is no such file.
    """
    path = resolve(name_or_path)
    if path.is_dir():
        raise WeightsError(f"Expected one file to verify, but {path} is a folder.")
    at_path = next((entry for entry in entries() if path_of(entry) == path.absolute()), None)
    return _compared(path, find_entry(name_or_path) or at_path)


def verify_entry(entry: WeightsEntry) -> Verification:
    """Like :func:`verify`, for an entry that need not be in the registry."""
    return _compared(path_of(entry), entry)


def _compared(path: Path, entry: WeightsEntry | None) -> Verification:
    sha256 = sha256_of(path)
    known = entry or entry_with_sha256(sha256)
    if known and known.sha256:
        return Verification(path, sha256, known.sha256, "published")
    record = recorded_hash_path(path)
    if record.is_file():
        words = record.read_text(encoding="utf-8", errors="replace").split()
        return Verification(path, sha256, words[0] if words else "", "recorded at download")
    return Verification(path, sha256, None, "none")
