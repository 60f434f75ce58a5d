"""Images that are the same file twice, byte for byte."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from ultrasam.corpus import Skipped
from ultrasam.downstream.data.draft import Entry


def copies(entries: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """Pairs that hold each group of equal files together. What looks alike only, ``ultrasam data dedup`` finds."""
    by_size: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_size[entry.path.stat().st_size].append(entry)
    firsts: dict[bytes, Entry] = {}
    pairs = []
    for same in by_size.values():
        if len(same) < 2:
            continue
        for entry in same:
            first = firsts.setdefault(hashlib.sha256(entry.path.read_bytes()).digest(), entry)
            if first is not entry:
                pairs.append((first, entry))
    return pairs


def contradictions(pairs: Sequence[tuple[Entry, Entry]], name: str) -> list[Skipped]:
    """Copies of one picture that have different classes or values."""
    return [
        Skipped(name, other.name, f"It is the same file as {first.name}, but their labels differ.")
        for first, other in pairs
        if (first.labels, first.values) != (other.labels, other.values)
    ]
