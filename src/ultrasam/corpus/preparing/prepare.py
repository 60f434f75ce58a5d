"""A data set as it is distributed to a COCO folder or Parquet shards."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ultrasam.corpus.card import Card
from ultrasam.corpus.coco_file import Id
from ultrasam.corpus.notes import Notes, SkippedFile
from ultrasam.corpus.preparing.assembling import coco_document, facts
from ultrasam.corpus.preparing.converting import NOT_ANNOTATED, Converter, Task
from ultrasam.corpus.preparing.engines import converted
from ultrasam.corpus.preparing.journal import Journal, code_fingerprint, fingerprint
from ultrasam.corpus.preparing.layout import layout_error
from ultrasam.corpus.preparing.names import file_stems
from ultrasam.corpus.preparing.options import Options
from ultrasam.corpus.preparing.output import Output
from ultrasam.corpus.preparing.record import Record
from ultrasam.corpus.preparing.report import Report, count_remarks
from ultrasam.corpus.reading.stacks import close_stacks
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source
from ultrasam.corpus.splitting import known_ties, split
from ultrasam.errors import InputError
from ultrasam.files import alone

_SCRATCH = ".scratch"
#: Called with samples done and all samples.
OnProgress = Callable[[int, int], None]


def prepare(
    card: Card,
    source: Path,
    corpus: Path,
    options: Options = Options(),  # noqa: B008  (frozen)
    on_progress: OnProgress | None = None,
) -> Report:
    """Convert a data set into ``corpus/NAME/``; what is there already and has not changed is kept.

    Args:
        card: of the data set.
        source: its folder or archive, as distributed.
        corpus: folder of all converted data sets.
        options: see :class:`Options`.
        on_progress: told after each portion.

    Raises:
        LayoutError: nothing in the source fits what the card expects.
        InputError: the source is missing or damaged, or another process writes the same data set.
    """
    out = corpus / card.name
    with alone(out):
        scratch = out / _SCRATCH
        scratch.mkdir(exist_ok=True)
        try:
            with Source.open(source, scratch=scratch) as opened:
                return _Preparation(card, opened, out, options).run(on_progress)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            _leave_nothing_behind(out)


def _leave_nothing_behind(out: Path) -> None:
    """Remove the folder of a data set of which nothing was converted: it would look like one that is here."""
    if {path.name for path in out.iterdir()} <= {".lock"}:
        shutil.rmtree(out)


@dataclass(frozen=True, eq=False)
class _Preparation:
    card: Card
    source: Source
    out: Path
    options: Options

    def run(self, on_progress: OnProgress | None) -> Report:
        notes = Notes()
        samples = self._samples(notes)
        tasks = self._tasks(samples)
        journal = Journal(self.out)
        output = Output(self.out, self.options, [task.key for task in tasks])
        try:
            done = {task.key: journal.records[task.key] for task in tasks if self._is_kept(journal, task, output)}
            missing = [task for task in tasks if task.key not in done]
            output.images.mkdir(exist_ok=True)
            if on_progress is not None:
                on_progress(len(done), len(tasks))
            for records in converted(missing, self._converter(output), self.options):
                journal.add(records)
                done.update((record.key, record) for record in records)
                if on_progress is not None:
                    on_progress(len(done), len(tasks))
        finally:
            journal.close()
        records = [done[task.key] for task in tasks]
        document = self._document(records)
        parts = split(
            document,
            seed=self.options.seed,
            val=self.options.val,
            test=self.options.test,
            ties=self._ties(document, notes),
        )
        report = self._report(samples, records, notes, document, converted=len(missing))
        output.write(document, {**facts(self.card, document), "split": parts.text, "splits": report.splits}, report)
        output.remove([record for record in journal.records.values() if record.key not in done], records)
        journal.keep_only(records)
        return report

    def _samples(self, notes: Notes) -> list[Sample]:
        convert = import_module(f"ultrasam.corpus.converters.{self.card.module}").convert
        try:
            samples: list[Sample] = list(convert(self.source, notes))
        except InputError as error:
            raise layout_error(self.card, self.source, str(error)) from error
        finally:
            close_stacks()
        if not samples:
            raise layout_error(self.card, self.source)
        return samples

    def _tasks(self, samples: list[Sample]) -> list[Task]:
        code = code_fingerprint(self.card, self.options)
        return [
            Task(sample, fingerprint(sample, code), stem)
            for sample, stem in zip(samples, file_stems(samples), strict=True)
        ]

    def _is_kept(self, journal: Journal, task: Task, output: Output) -> bool:
        """Whether a sample was converted before, and its image is still there, under the name that it has now."""
        record = journal.records.get(task.key)
        return record is not None and output.holds(record, task.stem)

    def _converter(self, output: Output) -> Converter:
        categories = frozenset(entry.name for entry in self.card.classes)
        return Converter(output.images, categories, self.options.components, self.options.min_area)

    def _document(self, records: list[Record]) -> dict[str, Any]:
        kept = [record for record in records if record.image is not None]
        if not kept:
            reasons = dict.fromkeys(record.reason for record in records)
            raise InputError(
                f"Expected at least one image of {self.card.name} that can be converted, but all {len(records)} "
                f"samples were left out: {next(iter(reasons))}"
            )
        return coco_document(self.card, kept, self.options)

    def _ties(self, document: dict[str, Any], notes: Notes) -> list[tuple[Id, Id]]:
        try:
            return known_ties(document, self.card.name, self.out)
        except InputError as error:
            # Images that went away since are no reason to lose a conversion.
            notes.warn(f"Duplicates were not kept together: {error}")
            return []

    def _report(
        self, samples: list[Sample], records: list[Record], notes: Notes, document: dict[str, Any], *, converted: int
    ) -> Report:
        images = document["images"]
        with_objects = {entry["image_id"] for entry in document["annotations"]}
        names = {entry["id"]: entry["name"] for entry in document["categories"]}
        instances = Counter(names[entry["category_id"]] for entry in document["annotations"])
        left_out = [record for record in records if record.image is None]
        used = {file.path for sample in samples for file in sample.files}
        known = used | notes.unused | {entry.path for entry in notes.skipped}
        warnings = [*self.source.remarks, *notes.warnings]
        if not self.card.is_layout_confirmed:
            warnings.insert(0, "The layout is unconfirmed: look at the overlays before you use this set.")
        return Report(
            name=self.card.name,
            images=len(images),
            negatives=len(images) - len(with_objects),
            instances={name: instances[name] for name in names.values()},
            patients=len({entry["patient"] for entry in images if "patient" in entry}),
            sequences=len({entry["sequence"] for entry in images if "sequence" in entry}),
            splits={name: sum(entry.get("split") == name for entry in images) for name in ("train", "val", "test")},
            converted=converted,
            reused=len(records) - converted,
            not_annotated=sum(record.reason == NOT_ANNOTATED for record in left_out),
            skipped=(
                *notes.skipped,
                *(SkippedFile(r.source, r.reason) for r in left_out if r.reason != NOT_ANNOTATED),
            ),
            unexpected=tuple(file.path for file in self.source.files if file.path not in known),
            remarks=count_remarks(records),
            warnings=tuple(warnings),
        )
