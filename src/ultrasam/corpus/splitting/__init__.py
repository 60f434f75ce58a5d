"""Training, validation and test part of a data set: whole patients, seeded, the official split honoured."""

from ultrasam.corpus.splitting.report import SplitReport
from ultrasam.corpus.splitting.splitting import split
from ultrasam.corpus.splitting.writing import write_splits

__all__ = ["SplitReport", "split", "write_splits"]
