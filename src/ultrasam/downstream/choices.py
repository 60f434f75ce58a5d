"""Values of a recipe that are chosen where its user says nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ultrasam.training.settings import Settings

_Recipe = TypeVar("_Recipe", bound=Settings)


@dataclass(frozen=True)
class Choice:
    """One value of a recipe that was chosen.

    Attributes:
        name: its path in the recipe.
        value: chosen.
        reason: in a few words.

    Example:
        >>> choice = Choice("data.images", 8, "24 GB are free")
        >>> print(choice, "or", choice.override)
        data.images=8 (24 GB are free) or data.images=8
    """

    name: str
    value: Any
    reason: str

    @property
    def override(self) -> str:
        """As a recipe's reader takes it."""
        return f"{self.name}={json.dumps(self.value)}"

    def __str__(self) -> str:
        value = self.value if isinstance(self.value, str) else json.dumps(self.value)
        return f"{self.name}={value} ({self.reason})"


class Chooser(Generic[_Recipe]):
    """Takes the user's word where there is one, and notes what it chose otherwise.

    Attributes:
        recipe: with the values that the user gave.
    """

    def __init__(self, recipe: _Recipe, given: Collection[str]) -> None:
        """Begin without a choice.

        Args:
            recipe: with the values that the user gave.
            given: their paths.
        """
        self.recipe = recipe
        self._given = given
        self._choices: list[Choice] = []

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What was chosen, in order."""
        return tuple(self._choices)

    def pick(self, name: str, value: Any, reason: str) -> Any:
        """The recipe's value if its user gave one, else ``value``, which is noted with its reason."""
        if _is_given(name, self._given):
            return value_of(self.recipe, name)
        self._choices.append(Choice(name, value, reason))
        return value


def chosen_before(kept: Settings, given: Collection[str], names: Iterable[str]) -> tuple[Choice, ...]:
    """The choices of a run that goes on, whatever would be chosen today.

    Args:
        kept: the recipe that it began with.
        given: paths of the values that the user gives.
        names: of all that may be chosen.
    """
    return tuple(Choice(name, value_of(kept, name), "as before") for name in names if not _is_given(name, given))


def value_of(recipe: Settings, name: str) -> Any:
    """The value at a path: ``"optimiser.lr"``."""
    found: Any = recipe
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _is_given(name: str, given: Collection[str]) -> bool:
    return any(name == path or name.startswith(f"{path}.") for path in given)
