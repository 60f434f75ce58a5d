"""``dataset.json`` of a merged corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ultrasam.corpus.cards.described import Described
from ultrasam.corpus.merging.report import MergeReport


def merged_facts(name: str, sets: Sequence[Described], report: MergeReport) -> dict[str, Any]:
    """What is known about the corpus, and under ``datasets`` about each data set in it.

    Args:
        name: of the corpus.
        sets: what it is made of.
        report: its numbers.
    """
    return {
        "name": name,
        "title": f"{len(sets)} ultrasound data sets in one corpus",
        "anatomy": ", ".join(_each(part for described in sets for part in described.anatomy.split(", "))),
        "application": ", ".join(_each(described.application for described in sets)),
        "licence": report.licence,
        "not_to_be_shared": report.names("forbidden"),
        "sharing_unclear": report.names("unclear"),
        "citation": _each(described.citation for described in sets),
        "links": _each(link for described in sets for link in described.links),
        "split": report.split_text,
        "images": report.images,
        "instances": report.instances,
        "splits": {part: count for part, count in report.splits.items() if part},
        "classes": report.classes,
        "categories": list(report.categories),
        "moved": dict(report.moved),
        "dropped": dict(report.dropped),
        "unusable": dict(report.unusable),
        "datasets": [asdict(entry) for entry in report.sets],
    }


def _each(texts: Any) -> list[str]:
    """Different texts that say something, in their order."""
    return list(dict.fromkeys(filter(None, texts)))
