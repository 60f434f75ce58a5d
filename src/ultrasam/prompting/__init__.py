"""Simulated users: what someone who sees the true mask would point at."""

from ultrasam.prompting.boxes import exact_box, jittered_box, scaled_box, shifted_box
from ultrasam.prompting.clicks import Click, corrective_click
from ultrasam.prompting.masks import dilated, eroded
from ultrasam.prompting.points import centre_point, interior_point, random_interior_points

__all__ = [
    "Click",
    "centre_point",
    "corrective_click",
    "dilated",
    "eroded",
    "exact_box",
    "interior_point",
    "jittered_box",
    "random_interior_points",
    "scaled_box",
    "shifted_box",
]
