"""Whether a converted data set is whole: every picture, every mask, and how they belong together."""

from ultrasam.corpus.verifying.verification import KINDS, WARNINGS, Finding, Verification
from ultrasam.corpus.verifying.verify import verify

__all__ = ["KINDS", "WARNINGS", "Finding", "Verification", "verify"]
