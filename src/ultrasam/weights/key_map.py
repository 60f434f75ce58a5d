"""Renaming of state-dict keys between two spellings of one network, in both directions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ultrasam.errors import WeightsError


class KeyMap:
    """Pairs of key beginnings, ``(ours, theirs)``; what follows a beginning is kept.

    ``{}`` stands for a number and appears equally often on both sides. The first pair that fits counts, so
    special pairs stand before general ones. A beginning ends where a part between dots ends.

    Example:
        >>> names = KeyMap(("blocks.{}.norm{}", "layers.{}.layer_norm{}"), ("blocks", "layers"))
        >>> names.rename("blocks.3.norm1.bias"), names.rename("blocks.3.attn.bias")
        ('layers.3.layer_norm1.bias', 'layers.3.attn.bias')
        >>> names.inverse().rename("layers.3.layer_norm1.bias")
        'blocks.3.norm1.bias'
    """

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self._pairs = pairs
        self._rules = [(_pattern(old), new) for old, new in pairs]

    def inverse(self) -> KeyMap:
        """The same pairs from theirs to ours."""
        return KeyMap(*((theirs, ours) for ours, theirs in self._pairs))

    def rename(self, key: str) -> str | None:
        """The key in the other spelling, or None where no pair fits."""
        for pattern, new in self._rules:
            if match := pattern.match(key):
                return new.format(*match.groups()) + key[match.end() :]
        return None

    def rename_all(self, keys: Iterable[str]) -> dict[str, str]:
        """Old key to new key.

        Raises:
            WeightsError: a key fits no pair, or two keys become one.
        """
        renamed: dict[str, str] = {}
        for key in keys:
            new = self.rename(key)
            if new is None:
                raise WeightsError(f"Expected only keys that have a counterpart, but got {key!r}.")
            renamed[key] = new
        if len(set(renamed.values())) < len(renamed):
            raise WeightsError("Expected every key to have its own counterpart, but two keys have the same one.")
        return renamed


def _pattern(beginning: str) -> re.Pattern[str]:
    return re.compile(re.escape(beginning).replace(r"\{\}", r"(\d+)") + r"(?![^.])")
