"""What a training run says about its weights, as header entries of their file, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ultrasam.corpus.cards.licences import combined_licence, short_name
from ultrasam.errors import WeightsError
from ultrasam.training.provenance import DataFacts, InitialWeights

#: Header entry with all facts as JSON.
TRAINING_ENTRY = "ultrasam.training"
#: Values of the recipe that are paths, also where they do not look like one.
_PLACES = (("data", "folders"), ("data", "path"), ("model", "weights"))
#: Raise when facts of an older version cannot be read any more.
_FORMAT = 1


@dataclass(frozen=True)
class TrainingFacts:
    """How weights were made.

    Attributes:
        title: what they are, in a few words.
        day: when they were finished, UTC, ``2025-01-31``.
        data: what was trained on.
        validation: what they were measured on meanwhile.
        recipe: all settings, JSON-ready.
        steps: optimiser steps.
        samples: images that were seen, each as often as it came.
        initial: what training began with; None for random weights.
        metrics: name to value, of the weights that were kept.
        protocol: in words, how the metrics were measured.
        commit: of the code of the process that wrote the weights, see
            :func:`~ultrasam.training.provenance.git_commit`.
        versions: of software, name to version.
        citations: what to cite beside data and initial weights.
        origin: the publisher's page; may be empty.
    """

    title: str
    day: str
    data: Sequence[DataFacts]
    validation: Sequence[DataFacts]
    recipe: Mapping[str, Any]
    steps: int
    samples: int
    initial: InitialWeights | None
    metrics: Mapping[str, float]
    protocol: str
    commit: str | None
    versions: Mapping[str, str]
    citations: Sequence[str] = field(default=())
    origin: str = ""

    @property
    def licence(self) -> str:
        """Of the weights: the strictest of the data and of what training began with."""
        licences = {facts.name: facts.licence for facts in self.data}
        if self.initial is not None:
            licences[f"initial weights {self.initial.name}"] = self.initial.licence
        return combined_licence(licences)

    @property
    def all_citations(self) -> list[str]:
        """What to cite: for the weights, for what training began with, for the data."""
        first = [] if self.initial is None else [self.initial.citation]
        return list(dict.fromkeys(filter(None, (*self.citations, *first, *(facts.citation for facts in self.data)))))


def training_metadata(facts: TrainingFacts) -> dict[str, str]:
    """Entries for :attr:`Checkpoint.metadata`: what all weights tell, and the facts as one JSON text.

    Of data folders, weights files and absolute paths in the recipe only the last name is told: where they lie is
    nobody's business.
    """
    values = {"format": _FORMAT, **asdict(facts), "recipe": _without_places(dict(facts.recipe))}
    told = {
        "title": facts.title,
        "licence": short_name(facts.licence),
        "training_data": _data_line(facts),
        "citation": "; ".join(facts.all_citations),
        "origin": facts.origin,
        TRAINING_ENTRY: json.dumps(values, ensure_ascii=False),
    }
    return {name: text for name, text in told.items() if text}


def read_training_facts(metadata: Mapping[str, str]) -> TrainingFacts:
    """Back from :func:`training_metadata`.

    Raises:
        WeightsError: the weights do not tell how they were trained, or in another version's way.
    """
    if TRAINING_ENTRY not in metadata:
        raise WeightsError(
            "Expected weights that ultrasam trained, whose file tells how, but these do not: see what is known of "
            "them with  ultrasam weights show"
        )
    try:
        values = json.loads(metadata[TRAINING_ENTRY])
        version = values.pop("format")
        for name in ("data", "validation"):
            values[name] = tuple(DataFacts(**entry) for entry in values[name])
        if values["initial"] is not None:
            values["initial"] = InitialWeights(**values["initial"])
        facts = TrainingFacts(**{**values, "citations": tuple(values["citations"])})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(
            f"Expected training facts as this version writes them, but something in them is damaged or missing "
            f"({error}): a newer ultrasam may have written the file."
        ) from error
    if version != _FORMAT:
        raise WeightsError(f"Expected training facts of format {_FORMAT}, but got {version!r}: update ultrasam.")
    return facts


def _without_places(value: Any, names: tuple[str, ...] = ()) -> Any:
    """An entry of the recipe, reached by these names, with the last name alone of each path."""
    if isinstance(value, dict):
        return {name: _without_places(entry, (*names, name)) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without_places(entry, names) for entry in value]
    if not isinstance(value, str):
        return value
    is_place = names[:2] in _PLACES or Path(value).is_absolute() or value.startswith(("~", ".."))
    return (Path(value).name or value) if is_place else value


def _data_line(facts: TrainingFacts) -> str:
    parts = []
    for split in dict.fromkeys(entry.split for entry in facts.data):
        sets = ", ".join(f"{entry.name} ({entry.images:,} images)" for entry in facts.data if entry.split == split)
        parts.append(f"split {split} of {sets}")
    images, instances = (sum(getattr(entry, name) for entry in facts.data) for name in ("images", "instances"))
    objects = f" with {instances:,} objects" if instances else ""
    line = f"{images:,} ultrasound images{objects}: {'; '.join(parts)}"
    if facts.initial is not None:
        line += f". Began with {facts.initial.name}, trained on {facts.initial.training_data}"
    return line
