"""A fine-tuned model on the test images: its answers, how good they are, and a report."""

from ultrasam.downstream.testing.result import TestResult
from ultrasam.downstream.testing.running import test
from ultrasam.downstream.testing.tested import Tested, read_tested

__all__ = ["TestResult", "Tested", "read_tested", "test"]
