"""The files of a converted data set: a COCO folder, or Parquet shards."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ultrasam.corpus.coco_document import COCO_NAME, write_document, write_facts
from ultrasam.corpus.finding import FACTS_NAME
from ultrasam.corpus.preparing.options import Options
from ultrasam.corpus.preparing.parquet import PARQUET, write_parquet
from ultrasam.corpus.preparing.record import Record
from ultrasam.corpus.preparing.report import Report
from ultrasam.files import written_whole

IMAGES = "images"


class Output:
    """A data set's folder.

    Args:
        folder: of the data set.
        options: of the conversion.
        keys: fingerprints of all samples.
    """

    def __init__(self, folder: Path, options: Options, keys: Sequence[str]) -> None:
        self.folder = folder
        self.images = folder / IMAGES
        self._options = options
        split = (options.seed, options.val, options.test)
        self._content = hashlib.sha256(repr((split, tuple(keys))).encode()).hexdigest()
        self._has_shards = options.format == "parquet" and self._held_content() == self._content

    def holds(self, record: Record, stem: str) -> bool:
        """Whether the image of a record is there, under the name that it should have."""
        if record.image is None or self._has_shards:
            return True
        file = self.images / str(record.image["file_name"])
        return file.stem == stem and file.is_file() and file.stat().st_size == record.bytes

    def write(self, document: dict[str, Any], about: dict[str, Any], report: Report) -> None:
        """Write annotations, facts and report."""
        shards = self.folder / PARQUET
        about["format"] = self._options.format
        if self._options.format == "coco":
            write_document(self.folder / COCO_NAME, document)
            shutil.rmtree(shards, ignore_errors=True)
        elif not self._has_shards:
            write_document(self.folder / COCO_NAME, document)
            write_parquet(self.folder / COCO_NAME, shards)
            (self.folder / COCO_NAME).unlink()
        if self._options.format == "parquet":
            about["content"] = self._content
        write_facts(self.folder, about)
        _write_text(self.folder / "report.json", json.dumps(report.of_data(), indent=1, ensure_ascii=False) + "\n")
        _write_text(self.folder / "report.md", report.as_markdown())

    def remove(self, stale: Iterable[Record], records: Iterable[Record]) -> None:
        """Remove images that are no longer needed; only files that a conversion wrote."""
        if self._options.format == "parquet":
            shutil.rmtree(self.images)
            return
        in_use = {record.image["file_name"] for record in records if record.image is not None}
        for record in stale:
            if record.image is not None and record.image["file_name"] not in in_use:
                (self.images / record.image["file_name"]).unlink(missing_ok=True)

    def _held_content(self) -> str | None:
        """What the shards were made of."""
        try:
            facts = json.loads((self.folder / FACTS_NAME).read_bytes())
        except (OSError, ValueError):
            return None
        has_shards = any((self.folder / PARQUET).glob("*.parquet"))
        return str(facts.get("content")) if isinstance(facts, dict) and has_shards else None


def _write_text(path: Path, text: str) -> None:
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
