"""The charts of reports: small SVG pictures, one per data set or model, that a page lays out side by side."""

from ultrasam.evaluation.report.charts.boxes import dice_boxes
from ultrasam.evaluation.report.charts.clicks import dice_by_clicks
from ultrasam.evaluation.report.charts.models import model_dots
from ultrasam.evaluation.report.charts.panel import Chart, ChartGroup
from ultrasam.evaluation.report.charts.reliability import reliability_diagrams
from ultrasam.evaluation.report.charts.sensitivity import box_sensitivity
from ultrasam.evaluation.report.charts.sizes import dice_by_size

__all__ = [
    "Chart",
    "ChartGroup",
    "box_sensitivity",
    "dice_boxes",
    "dice_by_clicks",
    "dice_by_size",
    "model_dots",
    "reliability_diagrams",
]
