"""Prompt protocols: what a simulated user is asked to point at, by names that say it exactly."""

from ultrasam.evaluation.protocols.names import AUTOMATIC, SUITES, known_protocols, parse_protocols
from ultrasam.evaluation.protocols.protocol import (
    Box,
    Clicks,
    MaskPrompt,
    Passes,
    Point,
    PointAndBox,
    Protocol,
    RandomPoints,
)

__all__ = [
    "AUTOMATIC",
    "SUITES",
    "Box",
    "Clicks",
    "MaskPrompt",
    "Passes",
    "Point",
    "PointAndBox",
    "Protocol",
    "RandomPoints",
    "known_protocols",
    "parse_protocols",
]
