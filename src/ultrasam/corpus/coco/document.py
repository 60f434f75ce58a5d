"""A COCO file as it stands, to be changed and written back: unlike :class:`CocoFolder` it keeps every key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ultrasam.corpus.coco.file import parse_coco
from ultrasam.corpus.coco.finding import FACTS_NAME
from ultrasam.files import written_whole

COCO_NAME = "coco.json"
_line = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def read_document(path: Path) -> dict[str, Any]:
    """The whole JSON object of a COCO file.

    Raises:
        InputError: it is no COCO file.
    """
    return parse_coco(path)[1]


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Write a COCO file: keys in the given order, the lists with one entry per line, the same bytes each time."""
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write("{")
        for number, (key, value) in enumerate(document.items()):
            file.write(f"{',' if number else ''}\n{json.dumps(key)}: ")
            if isinstance(value, list):
                file.write("[")
                for place, entry in enumerate(value):
                    file.write(f"{',' if place else ''}\n{_line(entry)}")
                file.write("\n]")
            else:
                file.write(_line(value))
        file.write("\n}\n")


def write_facts(folder: Path, facts: dict[str, Any]) -> None:
    """Write ``dataset.json`` of a data set's folder."""
    with written_whole(folder / FACTS_NAME) as temporary:
        temporary.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
