"""Training, validation and test part of a data set: whole patients, seeded, the official split honoured."""

from ultrasam.corpus.splitting.files import part_files, write_part_files
from ultrasam.corpus.splitting.report import SplitReport
from ultrasam.corpus.splitting.settings import SplitSettings
from ultrasam.corpus.splitting.splitting import split
from ultrasam.corpus.splitting.writing import known_ties, split_facts, write_splits

__all__ = [
    "SplitReport",
    "SplitSettings",
    "known_ties",
    "part_files",
    "split",
    "split_facts",
    "write_part_files",
    "write_splits",
]
