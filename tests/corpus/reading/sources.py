"""Files of a folder as :class:`SourceFile`."""

from ultrasam.corpus.source import Source


def source_file(path):
    with Source.open(path.parent) as source:
        return source.find(path.name)
