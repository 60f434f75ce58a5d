"""A test as a page to be read and as tables for a README."""

from ultrasam.downstream.testing.report.writing import REPORT, SUMMARY, write_report

__all__ = ["REPORT", "SUMMARY", "write_report"]
