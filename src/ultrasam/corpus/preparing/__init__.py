"""Converting data sets as they are distributed into a corpus."""

from ultrasam.corpus.preparing.layout import LayoutError
from ultrasam.corpus.preparing.options import Options
from ultrasam.corpus.preparing.prepare import prepare
from ultrasam.corpus.preparing.report import Report

__all__ = ["LayoutError", "Options", "Report", "prepare"]
