"""What decides a run's numbers, written beside them; a run goes on only under the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ultrasam import __version__
from ultrasam.backends.names import PRECISION_OF_DTYPE
from ultrasam.corpus import CocoFolder, CocoImage
from ultrasam.errors import InputError
from ultrasam.files import written_whole

#: Raise when records of an older version cannot be continued or read any more.
FORMAT = 1
_FILE = "run.json"


@dataclass(frozen=True)
class ModelFacts:
    """Which model answered.

    Attributes:
        name: for tables: the name or file that was asked for.
        title: what it is.
        licence: of the weights.
        training_data: what it has seen.
        sha256: of the weights or predictions file.
        pipeline: how pixels and prompts are prepared.
        input_size: side of the network's input in pixels; 0 where there is no network.
        precision: of the network's numbers; empty where there is no network.
        backend: what ran the network.
    """

    name: str
    title: str
    licence: str
    training_data: str
    sha256: str
    pipeline: str
    input_size: int
    precision: str
    backend: str = "torch"

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelFacts:
        """Back from a dictionary of all fields; runs before there were backends name a number format."""
        fields = dict(values)
        if "dtype" in fields:
            named = fields.pop("dtype")
            fields["precision"] = PRECISION_OF_DTYPE.get(named, named)
        return cls(**fields)


@dataclass(frozen=True)
class DataFacts:
    """Which images were asked about.

    Attributes:
        name: of the data set.
        annotations: path of its COCO file as it was given.
        sha256: of that file.
        licence: of the data.
        images: how many images of the split are asked about.
        images_sha256: of their ids.
    """

    name: str
    annotations: str
    sha256: str
    licence: str
    images: int
    images_sha256: str

    @classmethod
    def of(cls, folder: CocoFolder, images: Sequence[CocoImage]) -> DataFacts:
        """The facts of a data set of which ``images`` are asked about."""
        ids = json.dumps([image.image_id for image in images])
        return cls(
            folder.name,
            str(folder.annotation_file),
            folder.sha256,
            str(folder.facts.get("licence", "not stated")),
            len(images),
            hashlib.sha256(ids.encode()).hexdigest(),
        )


@dataclass(frozen=True)
class Settings:
    """All that decides the numbers of a run.

    Attributes:
        model: which model.
        data: which data sets.
        split: which split of them.
        protocols: name to title.
        seed: of the prompts' randomness.
        tolerance_px: of the normalised surface Dice in pixels.
        tolerance_mm: the same in mm.
        limit: images at most per data set; 0: all.
        software: that made the numbers, with its version.
        rescoring: whether scores are being made anew, so that some may be old.
    """

    model: ModelFacts
    data: tuple[DataFacts, ...]
    split: str
    protocols: dict[str, str]
    seed: int
    tolerance_px: float
    tolerance_mm: float
    limit: int = 0
    software: str = f"ultrasam {__version__}"
    rescoring: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        values: dict[str, Any] = json.loads(json.dumps({"format": FORMAT, **asdict(self)}))
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """Back from :meth:`as_dict`.

        Raises:
            InputError: of another version, or not such a dictionary.
        """
        found = values.get("format") if isinstance(values, dict) else None
        if found != FORMAT:
            raise InputError(f"Expected a run of format {FORMAT}, but got {found!r}: run it again.")
        try:
            fields = {key: value for key, value in values.items() if key != "format"}
            fields["model"] = ModelFacts.from_dict(fields["model"])
            fields["data"] = tuple(DataFacts(**facts) for facts in fields["data"])
            return cls(**fields)
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"Expected the settings of a run, but something in them is missing: {error}.") from error


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run."""
    return (folder / _FILE).is_file()


def write_settings(folder: Path, settings: Settings, *, anew: bool = False) -> None:
    """Begin a run, or see that one goes on as it began.

    Args:
        folder: of the run.
        settings: of the run.
        anew: replace what is there.

    Raises:
        InputError: the folder holds a run with other settings; nothing is changed then.
    """
    path = folder / _FILE
    if anew or not is_run(folder):
        with written_whole(path) as temporary:
            temporary.write_text(json.dumps(settings.as_dict(), indent=1, ensure_ascii=False), encoding="utf-8")
        return
    begun = read_settings(folder).as_dict()
    now = settings.as_dict()
    # The same files may be named otherwise, and in another order, today.
    for values in (begun, now):
        values["data"] = sorted(({**facts, "annotations": ""} for facts in values["data"]), key=lambda f: f["name"])
        values["model"].pop("name")
    other = [key for key in now if begun[key] != now[key]]
    if other:
        told = "; ".join(f"{key}: {_brief(begun[key], now[key])}" for key in other)
        raise InputError(
            f"Expected the settings that the run in {folder} began with, but {told}: give another --out, or begin "
            "anew with --restart."
        )


def read_settings(folder: Path, *, even_if_rescoring: bool = False) -> Settings:
    """The settings of a run.

    Args:
        folder: of the run.
        even_if_rescoring: read those of a run of which some scores may be old, too.

    Raises:
        InputError: the folder holds no run, or making its scores anew was stopped.
    """
    path = folder / _FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"Expected a folder that ultrasam evaluate wrote, but {folder} has no {_FILE}.") from None
    except ValueError as error:
        raise InputError(f"Expected JSON in {path}, but it is damaged: {error}: begin anew with --restart.") from error
    settings = Settings.from_dict(values)
    if settings.rescoring and not even_if_rescoring:
        raise InputError(
            f"Expected scores of one making in {folder}, but making them anew was stopped: give  "
            f"ultrasam evaluate rescore {folder}  again."
        )
    return settings


def _brief(begun: Any, now: Any) -> str:
    if isinstance(begun, dict) and isinstance(now, dict):
        keys = [key for key in {**begun, **now} if begun.get(key) != now.get(key)]
        return ", ".join(f"{key} was {begun.get(key)!r} and is {now.get(key)!r}" for key in keys)
    if isinstance(begun, list) and isinstance(now, list):
        was, is_ = ({facts["name"]: facts for facts in values} for values in (begun, now))
        return ", ".join(
            f"{name} {'was not there' if name not in was else 'is missing' if name not in is_ else 'has changed'}"
            for name in {**was, **is_}
            if was.get(name) != is_.get(name)
        )
    return f"was {begun!r} and is {now!r}"
