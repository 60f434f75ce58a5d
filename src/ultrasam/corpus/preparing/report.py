"""What a conversion did, and what it could not do."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ultrasam.corpus.markdown import table
from ultrasam.corpus.notes import SkippedFile
from ultrasam.corpus.preparing.record import Record

_UNREADABLE = re.compile(r"^.+ cannot be read(?=: )")


@dataclass(frozen=True)
class RemarkCount:
    """One kind of remark over all images.

    Attributes:
        kind: what it is.
        detail: what exactly.
        images: how many have it.
        pixels: in all of them.
        example: path of the first one.
    """

    kind: str
    detail: str
    images: int
    pixels: int
    example: str


@dataclass(frozen=True)
class Report:
    """The outcome of a conversion.

    Attributes:
        name: of the data set.
        images: that were written.
        negatives: of them without objects.
        instances: by class; those of the card that did not occur have 0.
        patients: that are named; 0 where none is.
        sequences: that are named.
        splits: images by split.
        converted: samples that were converted now.
        reused: samples that were there already, unchanged.
        not_annotated: frames and slices that nobody annotated.
        skipped: files and samples that could not be used.
        unexpected: files that neither a sample nor the converter knows.
        remarks: about values outside legends, masks of another size, …
        warnings: sentences.
    """

    name: str
    images: int
    negatives: int
    instances: dict[str, int]
    patients: int
    sequences: int
    splits: dict[str, int]
    converted: int
    reused: int
    not_annotated: int
    skipped: tuple[SkippedFile, ...]
    unexpected: tuple[str, ...]
    remarks: tuple[RemarkCount, ...]
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and text, for JSON."""
        return asdict(self)

    def of_data(self) -> dict[str, Any]:
        """What :meth:`as_dict` has, without what is about this run: the same for the same data."""
        return {key: value for key, value in self.as_dict().items() if key not in ("converted", "reused")}

    def as_markdown(self) -> str:
        """The report for people; long lists are cut here, and whole in :meth:`as_dict`."""
        lines = [f"# {self.name}: what was converted", ""]
        lines += [f"- {self.images:,} images, {self.negatives:,} of them without objects"]
        lines += [f"- {self.patients:,} patients, {self.sequences:,} sequences are named"]
        lines += [f"- split: {', '.join(f'{name} {count:,}' for name, count in self.splits.items())}"]
        if self.not_annotated:
            lines += [f"- {self.not_annotated:,} frames that nobody annotated were left out"]
        lines += ["", table(("class", "instances"), list(self.instances.items()))]
        lines += [*_section("Warnings", self.warnings), *_section("Skipped", grouped_by_reason(self.skipped))]
        if self.remarks:
            rows = [(r.kind, r.detail, r.images, r.pixels, r.example) for r in self.remarks]
            lines += ["", "## Remarks on masks", "", table(("what", "detail", "images", "pixels", "for example"), rows)]
        lines += _section("Files that nothing expects", self.unexpected)
        return "\n".join(lines) + "\n"


def count_remarks(records: Iterable[Record]) -> tuple[RemarkCount, ...]:
    """Remarks by kind and detail, the most frequent first."""
    images: Counter[tuple[str, str]] = Counter()
    pixels: Counter[tuple[str, str]] = Counter()
    example: dict[tuple[str, str], str] = {}
    for record in records:
        own: Counter[tuple[str, str]] = Counter()
        for kind, detail, count in record.remarks:
            own[kind, detail] += count
        images.update(own.keys())
        pixels.update(own)
        for what in own:
            example.setdefault(what, record.source)
    order = sorted(images, key=lambda what: (what[0], -images[what], what[1]))
    return tuple(RemarkCount(*what, images[what], pixels[what], example[what]) for what in order)


def grouped_by_reason(skipped: Iterable[SkippedFile]) -> list[str]:
    """One line per reason, with how often and the first paths."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for entry in skipped:
        # Reasons that name a file, the image's or its mask's, differ only in it.
        reason = _UNREADABLE.sub("… cannot be read", entry.reason.replace(entry.path, "…"))
        by_reason[reason].append(entry.path)
    order = sorted(by_reason, key=lambda reason: -len(by_reason[reason]))
    return [f"{len(by_reason[reason]):,} x {reason} ({_few(by_reason[reason], 3)})" for reason in order]


def _section(title: str, lines: Sequence[str], most: int = 20) -> list[str]:
    if not lines:
        return []
    rest = [f"- and {len(lines) - most:,} more"] if len(lines) > most else []
    return ["", f"## {title}", "", *(f"- {line}" for line in lines[:most]), *rest]


def _few(names: Sequence[str], most: int) -> str:
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
