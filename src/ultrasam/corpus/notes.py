"""What a converter meets on its way through a source: files that it cannot use, and things to know."""

from __future__ import annotations

from dataclasses import dataclass, field

from ultrasam.corpus.source import SourceFile


@dataclass(frozen=True)
class SkippedFile:
    """A file, or a sample, that was left out.

    Attributes:
        path: inside the distribution.
        reason: a sentence, the same for all files that have the same trouble.
    """

    path: str
    reason: str


@dataclass
class Notes:
    """Filled by a converter while it lists samples.

    Attributes:
        skipped: files that belong to the data set but make no sample.
        unused: paths that the data set comes with and nobody needs: a readme, previews, other formats of the same.
        warnings: sentences.
    """

    skipped: list[SkippedFile] = field(default_factory=list)
    unused: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def skip(self, file: SourceFile, reason: str) -> None:
        """Leave a file out, for a reason (a sentence)."""
        self.skipped.append(SkippedFile(file.path, reason))

    def ignore(self, *files: SourceFile) -> None:
        """Files that are known and not needed; others that no sample uses are reported as not expected."""
        self.unused.update(file.path for file in files)

    def warn(self, sentence: str) -> None:
        """Something that a user of the data should know."""
        self.warnings.append(sentence)
