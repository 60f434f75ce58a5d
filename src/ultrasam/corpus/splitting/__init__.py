"""Training, validation and test part of a data set: whole patients, seeded, the official split honoured."""

from ultrasam.corpus.splitting.report import SplitReport
from ultrasam.corpus.splitting.splitting import split
from ultrasam.corpus.splitting.writing import known_ties, write_splits

__all__ = ["SplitReport", "known_ties", "split", "write_splits"]
