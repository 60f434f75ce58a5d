"""The folder of a run: what lies in it, and whose it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml
from pydantic import ValidationError

from ultrasam.errors import InputError, TrainingError
from ultrasam.files import written_whole
from ultrasam.training.settings import Settings

RECIPE, LAST, HISTORY, BOARD = "recipe.yaml", "last.ckpt", "history.jsonl", "tensorboard"
WEIGHTS, CARD = "model.safetensors", "MODEL_CARD.md"
#: SHA-256 of the data and of the first weights.
INPUTS = "inputs.json"
#: What broke a training step, in which of the processes.
BROKEN = "batches-of-step-{step}-process-{rank}.pt"
_MOST_TOLD = 5
#: What may be otherwise when a run goes on: it changes no number. Where data and first weights lie is nobody's matter,
#: as long as they are the same.
_FREE = (
    ("data", "folders"),
    ("data", "path"),
    ("data", "reading", "masks"),
    ("data", "reading", "check"),
    ("data", "workers"),
    ("model", "weights"),
    ("data", "cache_gb"),
    ("model", "checkpoint_encoder"),
    ("run", "save_every_minutes"),
    ("run", "log_every"),
    ("run", "accelerator"),
    ("run", "strategy"),
)


def has_begun(folder: Path) -> bool:
    """Whether anything came of the run whose recipe lies in a folder: a checkpoint or weights."""
    return (folder / RECIPE).is_file() and any((folder / name).exists() for name in (LAST, WEIGHTS))


def claim(folder: Path, recipe: Settings, *, restart: bool) -> None:
    """Make a folder this recipe's, or find that it is.

    Args:
        folder: of the run.
        recipe: of the run.
        restart: remove what a former run left there.

    Raises:
        InputError: the folder holds a run of another recipe, or one without its recipe. A run that failed before its
            first checkpoint binds nobody.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if restart:
        _clear(folder)
    kept = folder / RECIPE
    if not kept.is_file():
        if (folder / LAST).exists():
            raise InputError(f"Expected the recipe of the run in {folder}, but {RECIPE} is gone: give --restart.")
    else:
        changed = _differences(_read(kept, type(recipe)), recipe.model_dump(mode="json"))
        if changed and has_begun(folder):
            raise InputError(
                f"Expected the recipe of the run in {folder}, but {_told(changed)}: give its own values, "
                "another folder, or --restart."
            )
    with written_whole(kept) as temporary:
        temporary.write_text(recipe.to_yaml(), encoding="utf-8")


def check_inputs(folder: Path, found: Mapping[str, str]) -> None:
    """Note what a run begins with, or find that it goes on with the same.

    Args:
        folder: of the run.
        found: SHA-256 of each data set and of the first weights, by what it is.

    Raises:
        InputError: the run has begun with others.
    """
    kept = folder / INPUTS
    if kept.is_file() and (folder / LAST).is_file():
        try:
            before = dict(json.loads(kept.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise InputError(
                f"Expected what the run in {folder} began with, but {INPUTS} is damaged: give --restart."
            ) from error
        names = sorted(before.keys() | found.keys())
        changed = [
            f"{name} {_how(name in before, name in found)}" for name in names if before.get(name) != found.get(name)
        ]
        if changed:
            raise InputError(
                f"Expected what the run in {folder} began with, but {_told(changed)}: give the same data "
                "and weights, another folder, or --restart."
            )
        return
    with written_whole(kept) as temporary:
        temporary.write_text(json.dumps(dict(found), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_last(folder: Path) -> dict[str, Any] | None:
    """The checkpoint that a run goes on from, its tensors left on the disk; None where there is none.

    Raises:
        TrainingError: it cannot be read.
    """
    path = folder / LAST
    if not path.is_file():
        return None
    try:
        checkpoint: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # torch raises many kinds, by what is damaged
        raise TrainingError(f"Expected a checkpoint to go on from, but {path} is damaged: give --restart.") from error
    return checkpoint


def _clear(folder: Path) -> None:
    for name in (RECIPE, INPUTS, LAST, HISTORY, WEIGHTS, CARD):
        (folder / name).unlink(missing_ok=True)
    for path in folder.glob(BROKEN.format(step="*", rank="*")):
        path.unlink()
    shutil.rmtree(folder / BOARD, ignore_errors=True)


def _told(changed: list[str]) -> str:
    """The first few changes, and how many more there are."""
    more = len(changed) - _MOST_TOLD
    return "; ".join(changed[:_MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")


def _how(was_there: bool, is_there: bool) -> str:
    if was_there and is_there:
        return "is another"
    return "is new" if is_there else "is gone"


def _read(path: Path, kind: type[Settings]) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        values = None
    if not isinstance(values, dict):
        raise InputError(f"Expected the recipe of the run in {path.parent}, but {path.name} is none: give --restart.")
    try:
        # With the defaults of options that have been added since it was written.
        return kind.model_validate(values).model_dump(mode="json")
    except ValidationError:
        # Of another version: the difference is told name by name.
        return values


def _differences(before: Any, now: Any, path: tuple[str, ...] = ()) -> list[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        names = sorted(before.keys() | now.keys())
        return [text for name in names for text in _differences(before.get(name), now.get(name), (*path, name))]
    if path in _FREE or before == now:
        return []
    return [f"{'.'.join(path)} was {json.dumps(before)} and is {json.dumps(now)}"]
