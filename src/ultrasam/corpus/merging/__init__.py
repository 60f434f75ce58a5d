"""Several data sets as one corpus."""

from ultrasam.corpus.merging.merging import merge
from ultrasam.corpus.merging.report import MergeReport

__all__ = ["MergeReport", "merge"]
