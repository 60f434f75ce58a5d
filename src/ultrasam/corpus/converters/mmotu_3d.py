"""MMOTU, contrast-enhanced images: ``OTU_3d``, in the layout of ``OTU_2d``; single images, whatever its name says."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.converters.mmotu_2d import TYPES, ovarian_samples
from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import Legend
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_LEGEND = Legend.colours({**dict.fromkeys(TYPES, "lesion"), (255, 255, 255): "lesion"}, tolerance=0)


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All colours are lesions: nobody has confirmed that they name the type here too."""
    return ovarian_samples(source, notes, _LEGEND, other="OTU_2d")
