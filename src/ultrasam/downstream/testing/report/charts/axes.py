"""Axes that several charts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ultrasam.evaluation.report.charts.panel import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_LETTERS = 26


def short_name(name: str) -> str:
    """A class's name as long as an axis can have it."""
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def unit_square(axes: Axes) -> None:
    """Both from 0 to 1, with the diagonal."""
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=(0, (4, 3)), alpha=0.6)
    for set_limits, set_ticks in ((axes.set_xlim, axes.set_xticks), (axes.set_ylim, axes.set_yticks)):
        set_limits(-0.03, 1.03)
        set_ticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
