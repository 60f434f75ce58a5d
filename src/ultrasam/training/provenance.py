"""Where weights come from: the data, the initial weights, the code and the software that made them."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ultrasam import __version__
from ultrasam.corpus import CocoFolder, CocoImage
from ultrasam.weights import Checkpoint

#: Git waits for locks and slow disks; a training run does not wait for git.
_TIMEOUT_S = 10.0
#: Set inside git's hooks, they point it at another repository than the folder's.
_GIT_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX")


@dataclass(frozen=True)
class DataFacts:
    """What one data set gave.

    Attributes:
        name: of the data set.
        title: what it is, in a few words.
        anatomy: what is seen; may be empty.
        licence: of the data, in its publisher's words.
        citation: what to cite; may be empty.
        split: which part.
        images: of that part, those that were used.
        instances: annotated objects in them.
        sha256: of the annotation file.
    """

    name: str
    title: str
    anatomy: str
    licence: str
    citation: str
    split: str
    images: int
    instances: int
    sha256: str


@dataclass(frozen=True)
class InitialWeights:
    """What training began with.

    Attributes:
        name: as it was asked for.
        sha256: of its file.
        licence: of it.
        training_data: what it had seen.
        citation: what to cite; may be empty.
    """

    name: str
    sha256: str
    licence: str
    training_data: str
    citation: str

    @classmethod
    def of(cls, name: str, checkpoint: Checkpoint) -> InitialWeights:
        """The facts of loaded weights; of a file, only its name is told, not where it lies."""
        told = checkpoint.metadata
        return cls(
            Path(name).name,
            checkpoint.sha256,
            told.get("licence", "unknown"),
            told.get("training_data", "unknown"),
            told.get("citation", ""),
        )


def data_facts(used: Iterable[tuple[CocoFolder, Sequence[CocoImage]]]) -> list[DataFacts]:
    """The facts of data sets, each with the split that it was read with and the images of it that were used."""
    return [
        facts_of_set(
            folder.name,
            folder.facts,
            folder.sha256,
            split=folder.split,
            images=len(images),
            instances=sum(len(image.instances) for image in images),
        )
        for folder, images in used
    ]


def facts_of_set(
    name: str, facts: dict[str, Any], sha256: str, *, split: str, images: int, instances: int
) -> DataFacts:
    """What is said of a data set, with what was used of it.

    Args:
        name: of the data set.
        facts: its ``dataset.json``, empty where there is none.
        sha256: of its annotations.
        split: which was used.
        images: how many of it.
        instances: objects in them.
    """
    return DataFacts(
        name=name,
        title=_fact_text(facts, "title") or name,
        anatomy=_fact_text(facts, "anatomy"),
        licence=_fact_text(facts, "licence") or "not stated",
        citation=_fact_text(facts, "citation"),
        split=split,
        images=images,
        instances=instances,
        sha256=sha256,
    )


def software_versions() -> dict[str, str]:
    """What ran: name to version."""
    return {"ultrasam": __version__, "torch": str(torch.__version__), "python": platform.python_version()}


def git_commit(folder: str | os.PathLike[str] | None = None) -> str | None:
    """The commit of a source folder, with ``-dirty`` where something in the folder differs from it.

    Args:
        folder: any folder of a checkout; None is this package's.

    Returns:
        40 hexadecimal digits, ``-dirty`` behind them where files were changed or added; None where the folder is no
        part of a repository (a package that is merely installed below one is none), or git is not there.
    """
    place = Path(__file__).resolve().parents[1] if folder is None else Path(folder)
    if not _git(place, "ls-files", "--error-unmatch", "--", "."):
        return None
    commit, changes = _git(place, "rev-parse", "HEAD"), _git(place, "status", "--porcelain", "--", ".")
    if not commit or changes is None:
        return None
    return f"{commit}-dirty" if changes else commit


def _git(folder: Path, *words: str) -> str | None:
    """What git answers, or None where it does not."""
    environment = {name: value for name, value in os.environ.items() if name not in _GIT_VARIABLES}
    # Otherwise git status would write to the index, under the hands of whoever works there.
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    try:
        done = subprocess.run(
            ["git", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        # Weights without the commit's name are better than a run that ends over it.
        return None
    return done.stdout.strip()


def _fact_text(facts: dict[str, Any], name: str) -> str:
    """An entry of ``dataset.json`` in one line; lists are joined."""
    value = facts.get(name)
    values = value if isinstance(value, list) else [value]
    return " ".join("; ".join(str(entry) for entry in values if entry is not None).split())
