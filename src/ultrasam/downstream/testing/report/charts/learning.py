"""How training went: its loss and its validations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ultrasam.corpus.statistics.style import BLUE, SERIES
from ultrasam.evaluation.report.charts.panel import INK, Canvas, Chart, ChartGroup, panels

#: What chooses the best weights; drawn first.
_SCORE = "score"


def learning_curves(history: Path) -> ChartGroup:
    """The loss, and each value of the validations, by step.

    Args:
        history: ``history.jsonl`` of a run; lines that a kill cut off are passed over.
    """
    lines = _lines(history)
    losses = [(line["step"], line["loss"]) for line in lines if _is_number(line.get("loss"))]
    names = dict.fromkeys(key.removeprefix("val/") for line in lines for key in line if key.startswith("val/"))
    values = {
        name: [(line["step"], line[f"val/{name}"]) for line in lines if _is_number(line.get(f"val/{name}"))]
        for name in sorted(names, key=lambda name: name != _SCORE)
    }
    chosen = max(values.get(_SCORE, []), key=lambda pair: pair[1], default=None)
    best = None if chosen is None else chosen[0]
    charts = []
    with panels():
        if losses:
            charts.append(Chart("training loss", _panel(losses, None, "loss", INK)))
        for place, (name, points) in enumerate(values.items()):
            if points:
                colour = BLUE if name == _SCORE else SERIES[1 + place % (len(SERIES) - 1)]
                charts.append(
                    Chart(f"validation: {name.replace('_', ' ')}", _panel(points, best, f"val-{place}", colour))
                )
    note = "By step. The line marks the step of the best score, whose weights were kept."
    return ChartGroup("Learning curves", note, (), tuple(charts))


def _panel(points: list[tuple[float, float]], best: float | None, name: str, colour: str) -> str:
    canvas = Canvas(230, 150)
    axes = canvas.axes
    steps, values = zip(*points, strict=True)
    axes.plot(steps, values, color=colour, marker="o" if len(points) < 40 else None, markersize=3)
    if best is not None:
        axes.axvline(best, color=INK, linewidth=1, linestyle=(0, (4, 3)), alpha=0.6)
    axes.set_xlabel("step")
    return canvas.svg(f"learning-{name}", "Curve by training step")


def _lines(history: Path) -> list[dict[str, Any]]:
    found = []
    try:
        texts = history.read_text(encoding="utf-8").splitlines()
    except OSError:
        # The run's folder may have moved since the test: a report does without its curves.
        return []
    for text in texts:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and _is_number(line.get("step")):
            found.append(line)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and value == value and abs(value) != float("inf")
