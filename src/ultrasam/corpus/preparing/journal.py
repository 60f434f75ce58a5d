"""What of a data set is converted already: one line per sample, so that a conversion goes on where it stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib import import_module, resources
from pathlib import Path

from ultrasam.corpus.cards.card import Card
from ultrasam.corpus.preparing.options import Options
from ultrasam.corpus.preparing.record import Record
from ultrasam.corpus.sample import Sample
from ultrasam.files import written_whole

JOURNAL_NAME = ".prepared.jsonl"
#: Code that decides what a sample becomes; where it changes, everything is converted anew.
_CODE = ("sample.py", "polygons.py", "reading", "preparing/converting.py", "../imaging")


class Journal:
    """Records by fingerprint, in a file of the data set's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL_NAME
        self.records: dict[str, Record] = {}
        *lines, rest = self._path.read_bytes().split(b"\n") if self._path.exists() else [b""]
        for line in (*lines, rest):
            try:
                record = Record.of_line(line.decode())
            except ValueError:
                # The last line of a run that was stopped while it wrote, or the empty one behind it.
                continue
            self.records[record.key] = record
        self._lines = len(lines)
        self._file = self._path.open("a", encoding="ascii", newline="\n")
        if rest:
            self._file.write("\n")

    def add(self, records: Iterable[Record]) -> None:
        """Keep records, on disk too."""
        for record in records:
            self.records[record.key] = record
            self._file.write(record.as_line())
            self._lines += 1
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def keep_only(self, records: Iterable[Record]) -> None:
        """Forget all other records, and what was written about these before."""
        self.close()
        kept = {record.key: record for record in records}
        if self._lines != len(kept) or kept.keys() != self.records.keys():
            with written_whole(self._path) as temporary:
                temporary.write_text("".join(record.as_line() for record in kept.values()), encoding="ascii")


def code_fingerprint(card: Card, options: Options) -> str:
    """Changes with the code that converts a data set, its classes, and the choices that change objects."""
    corpus = Path(str(resources.files("ultrasam.corpus")))
    sources = _converter_files(f"ultrasam.corpus.converters.{card.module}")
    for place in (corpus / name for name in _CODE):
        sources += sorted(place.glob("*.py")) if place.is_dir() else [place]
    digest = hashlib.sha256(repr((options.recorded, card.classes)).encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _converter_files(name: str) -> list[Path]:
    """Of a converter and of those that it shares code with: some readers are so special that they live there."""
    module = import_module(name)
    names = {name, *(str(getattr(value, "__module__", "")) for value in vars(module).values())}
    shared = sorted(other for other in names if other.startswith("ultrasam.corpus.converters."))
    return [Path(str(import_module(other).__file__)) for other in shared]


def fingerprint(sample: Sample, code: str) -> str:
    """Changes with the sample's files, facts and readers, and with the code."""
    return hashlib.sha256(f"{code}{sample!r}".encode()).hexdigest()[:32]
