"""What decides a test's numbers, written beside them: a test that was done is not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ultrasam.backends.names import PRECISION_OF_DTYPE
from ultrasam.downstream.data.example import Example
from ultrasam.errors import InputError
from ultrasam.files import written_whole
from ultrasam.modeling.heads.config import TaskKind

SETTINGS, RECORDS = "test.json", "records.jsonl"
#: Raise when answers of an older version cannot be read any more, or would be others.
_FORMAT = 1


@dataclass(frozen=True)
class TestSettings:
    """All that decides the numbers.

    Attributes:
        kind: of the task.
        classes: names, in the model's order.
        several: whether an image may have any number of classes.
        title: what the weights call themselves.
        licence: of the weights.
        sha256: of the weights.
        input_size: side of the network's input in pixels.
        precision: of the network's numbers.
        images: how many images are asked about.
        data_sha256: of the images' names, patients and truths.
        resamples: of the bootstrap.
        seed: of the bootstrap.
        prompted: whether objects are shown by a box instead of images as a whole.
        backend: what ran the network.
        format: of the records.
    """

    # Its name begins as those of tests do, and pytest asks.
    __test__ = False

    kind: TaskKind
    classes: tuple[str, ...]
    several: bool
    title: str
    licence: str
    sha256: str
    input_size: int
    precision: str
    images: int
    data_sha256: str
    resamples: int
    seed: int
    prompted: bool
    backend: str = "torch"
    format: int = _FORMAT

    def __post_init__(self) -> None:
        # JSON has lists only.
        object.__setattr__(self, "classes", tuple(self.classes))

    def write(self, folder: Path) -> None:
        """Write ``test.json``."""
        with written_whole(folder / SETTINGS) as temporary:
            text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
            temporary.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def read_test_settings(folder: Path) -> TestSettings:
    """Read ``test.json``.

    Raises:
        InputError: there is none, or it is damaged.
    """
    path = folder / SETTINGS
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if "dtype" in found:
            # Of a test before there were backends.
            found["precision"] = PRECISION_OF_DTYPE[found.pop("dtype")]
        settings = TestSettings(**found)
    except FileNotFoundError as error:
        raise InputError(f"Expected a test in {folder}, but there is no {SETTINGS}.") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"Expected the settings of a test in {path}, but they are damaged: test again.") from error
    if settings.format != _FORMAT:
        raise InputError(f"Expected a test of format {_FORMAT}, but {path} has {settings.format}: test again.")
    return settings


def data_sha256(examples: Sequence[Example], classes: Sequence[str]) -> str:
    """A hash of all that an image is asked about and measured by."""
    digest = hashlib.sha256(json.dumps(list(classes)).encode())
    for example in examples:
        objects = [[instance.category, instance.segmentation] for instance in example.instances]
        facts = [example.name, example.patient, example.size_hw, example.labels, example.values, objects]
        digest.update(json.dumps(facts).encode())
    return digest.hexdigest()
