"""The files of a converted data set: a COCO folder, or Parquet shards."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ultrasam.corpus.coco.document import COCO_NAME, write_document, write_facts
from ultrasam.corpus.coco.finding import FACTS_NAME, IMAGES_FOLDER
from ultrasam.corpus.preparing import parquet
from ultrasam.corpus.preparing.journal import JOURNAL_NAME
from ultrasam.corpus.preparing.options import Format
from ultrasam.corpus.preparing.record import Record
from ultrasam.corpus.preparing.report import Report
from ultrasam.corpus.splitting import part_files, write_part_files
from ultrasam.errors import InputError
from ultrasam.files import written_whole


class Output:
    """A data set's folder.

    Args:
        folder: of the data set.
        format_: what is to be in it.

    Raises:
        InputError: what is in the folder was not made by a conversion.
    """

    def __init__(self, folder: Path, format_: Format) -> None:
        self.folder = folder
        self.images = folder / IMAGES_FOLDER
        self._format = format_
        strange = [name for name in (COCO_NAME, IMAGES_FOLDER) if (folder / name).exists()]
        if strange and not (folder / JOURNAL_NAME).exists():
            raise InputError(
                f"Expected {folder} to be new or made by an earlier conversion, but its {' and '.join(strange)} came "
                "from elsewhere: choose another folder for converted data sets."
            )
        self.facts = self._held_facts()
        # What a run that was killed had begun to write.
        for partial in self.images.glob(".partial-*"):
            partial.unlink()

    def holds(self, record: Record, stem: str) -> bool:
        """Whether the image of a record is there, under the name that it should have, itself or in shards."""
        if record.image is None:
            return not record.is_retried
        if self._format == "parquet" and self._has_shards:
            return True
        file = self.images / str(record.image["file_name"])
        return file.stem == stem and file.is_file() and file.stat().st_size == record.bytes

    def is_there(self, document: dict[str, Any]) -> bool:
        """Whether shards were made of just this document, so that no image is needed."""
        return self._format == "parquet" and self._has_shards and self.facts.get("content") == _content(document)

    def forget_shards(self) -> None:
        """Count on image files only from now on: shards must be made anew."""
        self.facts = {**self.facts, "content": None}

    def write(self, document: dict[str, Any], about: dict[str, Any], report: Report) -> None:
        """Write annotations, facts and report."""
        shards = self.folder / parquet.PARQUET
        about = {**about, "format": self._format}
        if self._format == "coco":
            write_document(self.folder / COCO_NAME, document)
            shutil.rmtree(shards, ignore_errors=True)
            if any(file.is_file() for file in part_files(self.folder).values()):
                write_part_files(self.folder, document)
        else:
            if not self.is_there(document):
                write_document(self.folder / COCO_NAME, document)
                parquet.write_parquet(self.folder / COCO_NAME, shards)
            for file in (self.folder / COCO_NAME, *part_files(self.folder).values()):
                file.unlink(missing_ok=True)
            about["content"] = _content(document)
        write_facts(self.folder, about)
        _write_text(self.folder / "report.json", json.dumps(report.of_data(), indent=1, ensure_ascii=False) + "\n")
        _write_text(self.folder / "report.md", report.as_markdown())

    def remove(self, former: Iterable[Record], records: Iterable[Record]) -> None:
        """Remove images that are no longer needed; only files that a conversion wrote.

        Args:
            former: all records that there have been.
            records: those of the data set as it is now.
        """
        in_use = set() if self._format == "parquet" else set(_file_names(records))
        for name in set(_file_names(former)) - in_use:
            (self.images / name).unlink(missing_ok=True)
        with suppress(OSError):
            self.images.rmdir()

    @property
    def _has_shards(self) -> bool:
        return bool(self.facts.get("content")) and any((self.folder / parquet.PARQUET).glob("*.parquet"))

    def _held_facts(self) -> dict[str, Any]:
        try:
            facts = json.loads((self.folder / FACTS_NAME).read_bytes())
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}


def _file_names(records: Iterable[Record]) -> list[str]:
    return [str(record.image["file_name"]) for record in records if record.image is not None]


def _content(document: dict[str, Any]) -> str:
    """Changes with what shards are made of, and with the code that makes them."""
    digest = hashlib.sha256(Path(parquet.__file__).read_bytes())
    digest.update(json.dumps(document, sort_keys=True).encode())
    return digest.hexdigest()


def _write_text(path: Path, text: str) -> None:
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
