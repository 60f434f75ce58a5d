"""What leaves the workbench: one zip with COCO, mask pictures, NIfTI and tables of measurements."""

from ultrasam.server.exporting.archive import write_archive
from ultrasam.server.exporting.formats import ExportFormat
from ultrasam.server.exporting.summary import ExportSummary, LeftOut

__all__ = ["ExportFormat", "ExportSummary", "LeftOut", "write_archive"]
