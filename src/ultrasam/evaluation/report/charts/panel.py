"""One small chart as SVG that takes its ink from the page, so that it is legible in light and dark."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ultrasam.corpus.statistics.style import BLUE, GREEN, ORANGE, PURPLE, VERMILION, calm, drawn_with
from ultrasam.evaluation.statistics.bootstrap import Estimate
from ultrasam.extras import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NEEDED_FOR = "Reports"
#: Stand-ins for colours of the page; no chart uses them for anything else.
INK, FAINT = "#010203", "#040506"
#: Blue is too dark for a dark page: the page swaps it.
_OF_THE_PAGE = {INK: "var(--ink)", FAINT: "var(--line)", BLUE: "var(--blue)"}
# The ids are random without the salt.
_STYLE = {**calm(INK, FAINT), "svg.fonttype": "none", "svg.hashsalt": "ultrasam"}


@dataclass(frozen=True)
class Chart:
    """One panel.

    Attributes:
        title: of the panel.
        svg: an ``<svg>`` element without references to anything outside it.
    """

    title: str
    svg: str


@dataclass(frozen=True)
class ChartGroup:
    """Panels that are read together.

    Attributes:
        title: what they show.
        note: how they are read.
        legend: words and their colours, the same in all panels.
        charts: the panels; none where there is nothing to draw.
    """

    title: str
    note: str
    legend: tuple[tuple[str, str], ...]
    charts: tuple[Chart, ...]


class Canvas:
    """A figure with one pair of axes, until it is an SVG."""

    def __init__(self, width: float, height: float) -> None:
        self._figure = require("matplotlib.figure", needed_for=_NEEDED_FOR).Figure(figsize=(width / 72, height / 72))
        self.axes: Axes = self._figure.add_subplot()

    def svg(self, name: str, label: str) -> str:
        """The drawing.

        Args:
            name: of the chart, its own on the page: begins all ids in it.
            label: what is read out instead of it.
        """
        file = io.StringIO()
        with warnings.catch_warnings():
            # The page's font draws the letters, not matplotlib's.
            warnings.filterwarnings("ignore", message="Glyph")
            self._figure.savefig(
                file, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
            )
        text = file.getvalue()
        text = text[text.index("<svg") :].rstrip()
        # matplotlib's style sheet would style the page around it as well.
        text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, flags=re.DOTALL)
        text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
        # The page's font, and the size that the chart has on the page.
        text = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", text)
        size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
        natural = f"max-width: {float(size[1]) * 1.35:.0f}px" if size else ""
        head = f'<svg role="img" aria-label="{_attribute(label)}" style="{natural}"'
        # Without a size of its own, the page decides.
        opening = re.sub(r' (?:width|height)="[^"]*"', "", text[: text.index(">")]).replace("<svg", head, 1)
        text = opening + text[text.index(">") :]
        for stand_in, colour in _OF_THE_PAGE.items():
            text = text.replace(stand_in, colour)
        return text


@contextmanager
def panels() -> Iterator[None]:
    """Draw in the reports' style, whatever the user's matplotlib is set to."""
    with drawn_with(_STYLE, needed_for=_NEEDED_FOR):
        yield


def dice_axis(axes: Axes, *, horizontal: bool = False) -> None:
    """Dice from 0 to 1, the same in all panels; no grid across the other axis."""
    set_limits, set_ticks = (axes.set_xlim, axes.set_xticks) if horizontal else (axes.set_ylim, axes.set_yticks)
    set_limits(-0.02, 1.02)
    set_ticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.grid(False, axis="y" if horizontal else "x")


def draw_line(
    axes: Axes, x: Sequence[float], estimates: Sequence[Estimate], colour: str, *, shift: float = 0.0
) -> None:
    """Means with their intervals, joined by a line.

    Args:
        axes: where.
        x: places.
        estimates: one per place.
        colour: of all of it.
        shift: added to the places, so that two lines' intervals do not hide each other.
    """
    places = [value + shift for value in x]
    means = [estimate.mean for estimate in estimates]
    axes.plot(places, means, color=colour, marker="o", markersize=4)
    # An interval that is not known (NaN) is not drawn.
    axes.vlines(places, [e.low for e in estimates], [e.high for e in estimates], color=colour, linewidth=1.2, alpha=0.7)


def colour_of(protocol: str) -> str:
    """A protocol's colour, the same in all charts."""
    for begins, colour in (("point-box", GREEN), ("box", ORANGE), ("clicks", PURPLE), ("mask", VERMILION)):
        if protocol.startswith(begins):
            return colour
    return BLUE


def slug(*words: str) -> str:
    """An id out of words; different words may give the same, so a number should be among them."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
