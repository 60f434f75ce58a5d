"""How pictures of statistics look: calm, and in colours that people with any colour vision tell apart."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ultrasam.extras import require
from ultrasam.files import written_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NEEDED_FOR = "Plots"
#: Okabe and Ito (2008).
BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY = "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY)
INK, FAINT = "#24292f", "#d9dde2"


def calm(ink: str, faint: str) -> dict[str, Any]:
    """Matplotlib's settings that all our charts share: little ink, and as much grid as is needed to read a number.

    Args:
        ink: colour of words and marks.
        faint: colour of edges and grid.
    """
    return {
        # A data set may have a dollar in its name.
        "text.parse_math": False,
        "font.size": 9,
        "text.color": ink,
        "axes.edgecolor": faint,
        "axes.labelcolor": ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": faint,
        "grid.linewidth": 0.7,
        "xtick.color": ink,
        "ytick.color": ink,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "lines.linewidth": 1.8,
        "figure.constrained_layout.use": True,
    }


_STYLE = {
    **calm(INK, FAINT),
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "xtick.minor.size": 0,
    "legend.frameon": False,
    "savefig.dpi": 130,
}


@contextmanager
def drawn_with(settings: Mapping[str, Any], *, needed_for: str) -> Iterator[None]:
    """Draw by matplotlib settings, whatever the user's matplotlib is set to.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    matplotlib = require("matplotlib", needed_for=needed_for)
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        yield


@contextmanager
def figure(width: float, height: float) -> Iterator[Figure]:
    """An empty figure of so many inches, drawn in this style whatever the user's matplotlib is set to.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    with drawn_with(_STYLE, needed_for=_NEEDED_FOR):
        yield require("matplotlib.figure", needed_for=_NEEDED_FOR).Figure(figsize=(width, height))


def write_png(drawn: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure, the same bytes each time."""
    with written_whole(path) as temporary:
        drawn.savefig(temporary, format="png", metadata={"Software": None})


def percent(share: float, _: object = None) -> str:
    """A tick's words: ``0.001`` is ``"0.1%"``."""
    return f"{100 * share:g}%"


def thousands(number: float, _: object = None) -> str:
    """A tick's words: ``12000`` is ``"12,000"``."""
    return f"{number:,.0f}"


def colour_of_split(split: str) -> str:
    """A split's colour, the same in all plots."""
    return {"train": BLUE, "val": GREEN, "test": ORANGE}.get(split, PURPLE)
