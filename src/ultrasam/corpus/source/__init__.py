"""The files of a data set as it is distributed: a folder, an archive, or archives in either."""

from ultrasam.corpus.source.file import SourceFile
from ultrasam.corpus.source.source import Source

__all__ = ["Source", "SourceFile"]
