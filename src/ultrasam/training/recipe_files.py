"""The recipes that come with the package."""

from __future__ import annotations

from importlib import resources
from typing import Any

_CONFIGS = "configs"
_ENDING = ".yaml"


def recipe_names() -> list[str]:
    """The recipes that come with the package."""
    return sorted(file.name.removesuffix(_ENDING) for file in _configs().iterdir() if file.name.endswith(_ENDING))


def recipe_text(name: str) -> str:
    """The YAML of one of :func:`recipe_names`."""
    text: str = _configs().joinpath(f"{name}{_ENDING}").read_text(encoding="utf-8")
    return text


def _configs() -> Any:
    return resources.files("ultrasam.training").joinpath(_CONFIGS)
