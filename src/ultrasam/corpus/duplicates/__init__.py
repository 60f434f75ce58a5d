"""Images that are there more than once, in one data set or in several."""

from ultrasam.corpus.duplicates.clusters import Cluster, Member
from ultrasam.corpus.duplicates.duplicates import Duplicates, write_duplicates
from ultrasam.corpus.duplicates.report import Conflict, across_splits, conflicts
from ultrasam.corpus.duplicates.search import MAX_DISTANCE, find_duplicates
from ultrasam.corpus.duplicates.sheet import sheet

__all__ = [
    "MAX_DISTANCE",
    "Cluster",
    "Conflict",
    "Duplicates",
    "Member",
    "across_splits",
    "conflicts",
    "find_duplicates",
    "sheet",
    "write_duplicates",
]
