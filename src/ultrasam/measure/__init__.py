"""Masks in numbers: area, perimeter, diameters and the fitted ellipse, in pixels and in millimetres."""

from ultrasam.measure.ellipse import Ellipse, fit_ellipse
from ultrasam.measure.measurements import Measurements, measure

__all__ = ["Ellipse", "Measurements", "fit_ellipse", "measure"]
