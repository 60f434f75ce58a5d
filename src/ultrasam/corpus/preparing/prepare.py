"""A data set as it is distributed to a COCO folder or Parquet shards."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ultrasam.corpus.cards.card import Card
from ultrasam.corpus.coco.file import Id
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
from ultrasam.corpus.splitting import SplitReport, SplitSettings, known_ties, split, split_facts
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
    _check_apart(source, out)
    with alone(out):
        scratch = out / _SCRATCH
        # What a run that was killed left there.
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        try:
            with Source.open(source, scratch=scratch) as opened:
                return _Preparation(card, opened, Output(out, options.format), options).run(on_progress)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            _leave_nothing_behind(out)


def _check_apart(source: Path, out: Path) -> None:
    """Pass if the result does not go into its own source, nor the other way round."""
    one, other = source.resolve(), out.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise InputError(
            f"Expected the corpus apart from the files that it is made of, but {out} and {source} lie in each other: "
            "choose another --out."
        )


def _leave_nothing_behind(out: Path) -> None:
    """Remove the folder of a data set of which nothing was converted: it would look like one that is here."""
    if {path.name for path in out.iterdir()} <= {".lock"}:
        shutil.rmtree(out)


@dataclass(frozen=True, eq=False)
class _Preparation:
    card: Card
    source: Source
    output: Output
    options: Options

    def run(self, on_progress: OnProgress | None) -> Report:
        notes = Notes()
        samples = self._samples(notes)
        tasks = self._tasks(samples)
        journal = Journal(self.output.folder)
        settings = self.options.split or SplitSettings.recorded(self.output.facts) or SplitSettings()
        try:
            done, count = self._convert(tasks, journal, on_progress)
            document, parts = self._document([done[task.key] for task in tasks], settings, notes)
            if self.options.format == "parquet" and not self.output.is_there(document):
                # Other shards than those that are here need all images.
                self.output.forget_shards()
                done, more = self._convert(tasks, journal, on_progress)
                count += more
                document, parts = self._document([done[task.key] for task in tasks], settings, notes)
        finally:
            journal.close()
        records = [done[task.key] for task in tasks]
        report = self._report(samples, records, notes, document, parts, converted=count)
        self.output.write(document, {**facts(self.card, document), **split_facts(parts, settings)}, report)
        self.output.remove([*journal.records.values(), *records], records)
        journal.keep_only(records)
        return report

    def _convert(
        self, tasks: list[Task], journal: Journal, on_progress: OnProgress | None
    ) -> tuple[dict[str, Record], int]:
        """Records of all tasks by key, and how many of them were made now."""
        known = [(task, journal.records.get(task.key)) for task in tasks]
        done = {task.key: record for task, record in known if record and self.output.holds(record, task.stem)}
        missing = [task for task in tasks if task.key not in done]
        self.output.images.mkdir(exist_ok=True)
        if on_progress is not None:
            on_progress(len(done), len(tasks))
        for records in converted(missing, self._converter(), self.options):
            journal.add(records)
            done.update((record.key, record) for record in records)
            if on_progress is not None:
                on_progress(len(done), len(tasks))
        return done, len(missing)

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

    def _converter(self) -> Converter:
        categories = frozenset(entry.name for entry in self.card.classes)
        return Converter(self.output.images, categories, self.options.components, self.options.min_area)

    def _document(
        self, records: list[Record], settings: SplitSettings, notes: Notes
    ) -> tuple[dict[str, Any], SplitReport]:
        """The COCO document of all records that have an image, split."""
        kept = [record for record in records if record.image is not None]
        if not kept:
            reasons = dict.fromkeys(record.reason for record in records)
            raise InputError(
                f"Expected at least one image of {self.card.name} that can be converted, but all {len(records)} "
                f"samples were left out: {next(iter(reasons))}"
            )
        document = coco_document(self.card, kept, self.options)
        return document, split(document, **settings.as_dict(), ties=self._ties(document, notes))

    def _ties(self, document: dict[str, Any], notes: Notes) -> list[tuple[Id, Id]]:
        try:
            return known_ties(document, self.card.name, self.output.folder)
        except InputError as error:
            # Images that went away since are no reason to lose a conversion.
            warning = f"Duplicates were not kept together: {error}"
            notes.warnings += [warning] if warning not in notes.warnings else []
            return []

    def _report(
        self,
        samples: list[Sample],
        records: list[Record],
        notes: Notes,
        document: dict[str, Any],
        parts: SplitReport,
        *,
        converted: int,
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
            splits=dict(parts.images),
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
