"""Settings from YAML, with some values replaced, and problems told value by value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from ultrasam.errors import InputError
from ultrasam.training.settings import Settings

_S = TypeVar("_S", bound=Settings)


def read_settings(kind: type[_S], text: str | None, source: str, *, overrides: Sequence[str] = ()) -> _S:
    """Read settings and replace some of their values.

    Args:
        kind: what they are.
        text: YAML; None starts from the defaults.
        source: what the text is from, for messages.
        overrides: ``"optimiser.lr=1e-4"``: a path of names and a value in YAML.

    Raises:
        InputError: no YAML, a name or a value that makes no sense.
    """
    values: Any = {}
    if text is not None:
        try:
            values = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise InputError(f"Expected YAML in {source}, but it cannot be read: {_in_one_line(error)}.") from error
        if values is None:
            values = {}
        if not isinstance(values, dict):
            raise InputError(f"Expected names and values in {source}, but got {type(values).__name__}.")
    settings = _checked(kind, values, source)
    if not overrides:
        return settings
    for override in overrides:
        _replace(values, override, settings)
    return _checked(kind, values, source)


def read_text(path: Path) -> str:
    """The text of a settings file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Expected YAML in {path.name}, but it cannot be read: {error}.") from error


def _checked(kind: type[_S], values: Any, source: str) -> _S:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise InputError(f"Expected a recipe in {source}, but {_problems(error)}.") from error


def _replace(values: dict[str, Any], override: str, settings: Settings) -> None:
    """Replace a value in place; ``settings`` are those of the values, defaults included."""
    path, equals, text = override.partition("=")
    *parents, last = path.strip().split(".")
    if not equals or not last or not all(parents):
        raise InputError(f"Expected an override as name.name=value, but got {override!r}.")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(
            f"Expected a value in YAML in {override!r}, but it cannot be read: {_in_one_line(error)}."
        ) from error
    before: Any = settings
    for parent in parents:
        before = getattr(before, parent, None)
        # Settings fill in their defaults by themselves; of a mixture, the other entries have to stay.
        nested = values.setdefault(parent, dict(before) if isinstance(before, dict) else {})
        if not isinstance(nested, dict):
            raise InputError(f"Expected names under {parent} to replace {path}, but it is a value: {nested!r}.")
        values = nested
    values[last] = value


def _problems(error: ValidationError) -> str:
    """``"optimiser.lr: Input should be greater than 0 (got -1)"``, for the first few."""
    texts = []
    for problem in error.errors()[:3]:
        path = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "value_error":
            # Our own validators say themselves what they got.
            texts.append(f"{path}: {_in_one_line(problem['ctx']['error']).rstrip('.')}")
        else:
            texts.append(f"{path}: {problem['msg']} (got {_in_one_line(problem['input'])[:60]})")
    more = error.error_count() - len(texts)
    return "; ".join(texts) + (f"; and {more} more" if more > 0 else "")


def _in_one_line(value: Any) -> str:
    return " ".join(str(value).split())
