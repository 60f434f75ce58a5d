"""``prompts.json``: many prompts for many files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from glob import has_magic
from pathlib import Path
from typing import Any

from ultrasam.errors import ImageError, PromptError
from ultrasam.imaging import read_mask
from ultrasam.types import Prompts

_FIELDS = {"points_xy", "labels", "box_xyxy", "mask", "name", "frame"}


@dataclass(frozen=True)
class FramePrompt:
    """One object's prompt, and the frame that it is meant for (None: every frame that is asked for)."""

    prompts: Prompts
    frame: int | None = None


class PromptFile:
    """Prompts by file, read from JSON.

    Such as::

        {
          "scan.png": [{"name": "head", "box_xyxy": [312, 140, 640, 420]}],
          "cine/*.dcm": [{"frame": 3, "points_xy": [[420, 300], [520, 310]], "labels": [1, 0]}],
          "*": [{"mask": "start.png"}]
        }

    A key is a file's name, the end of its path, or a pattern; all keys that fit a file count. Mask files are
    relative to the JSON file.

    Attributes:
        path: the JSON file.
        entries: key -> prompts.
    """

    def __init__(self, path: Path, entries: dict[str, tuple[FramePrompt, ...]]) -> None:
        self.path = path
        self.entries = entries
        self._position = {key: position for position, key in enumerate(entries)}
        ends = [(key, key.removeprefix("./")) for key in entries]
        self._patterns = [(key, end) for key, end in ends if has_magic(end)]
        self._keys_by_end: dict[str, list[str]] = {}
        for key, end in ends:
            self._keys_by_end.setdefault(end, []).append(key)

    @classmethod
    def read(cls, path: Path) -> PromptFile:
        """Read and check the whole file.

        Raises:
            PromptError: the file is missing, is no JSON, or an entry makes no sense; says which.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError as error:
            raise PromptError(f"Expected a prompts file, but there is none at {path}.") from error
        except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise PromptError(f"Expected prompts as JSON in {path}, but it cannot be read: {error}") from error
        if not isinstance(content, dict) or not all(isinstance(v, list) for v in content.values()):
            raise PromptError(f'Expected {path} to hold {{"file name": [prompt, …], …}}, but got another structure.')
        entries = {
            key: tuple(_prompt(item, f"{path.name}: {key}, prompt {i}", path.parent) for i, item in enumerate(items, 1))
            for key, items in content.items()
        }
        return cls(path, entries)

    def for_file(self, path: Path) -> tuple[FramePrompt, ...]:
        """All prompts whose key fits ``path``, in the order of the JSON file."""
        return tuple(prompt for key in self._keys_for(path) for prompt in self.entries[key])

    def keys_without(self, paths: Sequence[Path]) -> list[str]:
        """Keys that fit none of the files: misspelt, perhaps."""
        used = {key for path in paths for key in self._keys_for(path)}
        return [key for key in self.entries if key not in used]

    def _keys_for(self, path: Path) -> list[str]:
        """Keys that are a file's path or the end of it, as they stand (a name may hold brackets) or as a pattern.

        What stands is looked up and only patterns are tried, as there may be as many keys as files.
        """
        full = path.absolute().as_posix()
        parts = full.split("/")
        ends = {full, *("/".join(parts[first:]) for first in range(len(parts)))}
        fitting = {key for end in ends for key in self._keys_by_end.get(end, ())}
        fitting |= {key for key, end in self._patterns if fnmatch(full, end) or fnmatch(full, f"*/{end}")}
        return sorted(fitting, key=self._position.__getitem__)

    def files(self) -> list[str]:
        """The keys as paths beside the JSON file: what to segment when no file was named."""
        return [str(self.path.parent / key) for key in self.entries if key != "*"]


def _prompt(item: Any, where: str, folder: Path) -> FramePrompt:
    if not isinstance(item, dict) or not set(item) <= _FIELDS:
        unknown = sorted(set(item) - _FIELDS) if isinstance(item, dict) else repr(item)
        raise PromptError(f"Expected an object with {', '.join(sorted(_FIELDS))} in {where}, but got {unknown}.")
    values = dict(item)
    frame = values.pop("frame", None)
    if frame is not None and (not isinstance(frame, int) or isinstance(frame, bool)):
        raise PromptError(f"Expected frame as a whole number in {where}, but got {frame!r}.")
    try:
        if values.get("mask") is not None:
            values["mask"] = read_mask(folder / str(values["mask"]))
        return FramePrompt(Prompts(**values), frame)
    except (PromptError, ImageError) as error:
        raise PromptError(f"{where}: {error}") from error
